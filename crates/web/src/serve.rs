//! Serving connections, with bounds on how many there are and on how long each may keep the server waiting: whoever
//! opens connections and says nothing on them keeps nobody else out for long.

use std::{
    future::Future,
    io::{self, IoSlice},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Sleep, sleep},
};
use tower::ServiceExt;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// What connections may take up. Time that passes while a request is worked on is not bounded here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once. More wait until one ends.
    pub connections: usize,
    /// How long the head of a request (its line and headers) may take to come; and how long a connection that was used
    /// may stay open without another.
    pub head: Duration,
    /// How long the next piece of a request's body may take to come.
    pub body: Duration,
    /// How long somebody may take nothing of an answer that waits for them.
    pub answer: Duration,
}

impl Default for Limits {
    /// 512 connections, which leaves room under the usual limit of 1,024 open files; 30 seconds for a head, a minute for
    /// the next piece of a body or an answer.
    fn default() -> Self {
        Self {
            connections: 512,
            head: Duration::from_secs(30),
            body: Duration::from_secs(60),
            answer: Duration::from_secs(60),
        }
    }
}

/// After a connection could not be taken for want of something (such as open files), how long to wait for it.
const SHORT_OF: Duration = Duration::from_secs(1);

/// Serves until `stop` ends, then takes no more connections and waits for the requests under way.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let router = router.layer(RequestBodyTimeoutLayer::new(limits.body));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let open = GracefulShutdown::new();
    let mut door = Door { listener, room: Arc::new(Semaphore::new(limits.connections)), full: false };
    let mut stop = pin!(stop);
    loop {
        let (stream, peer, place) = tokio::select! {
            next = door.next() => next,
            () = &mut stop => break,
        };
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let stream = TokioIo::new(Patient { stream, wait: limits.answer, until: None });
        let connection = open.watch(http.serve_connection(stream, service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(door);
    open.shutdown().await;
}

/// Where connections come in.
struct Door {
    listener: TcpListener,
    room: Arc<Semaphore>,
    /// Whether the last one had to wait.
    full: bool,
}

impl Door {
    /// The next connection, once there is room for it, and its place.
    async fn next(&mut self) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
        let free = self.room.clone().try_acquire_owned().ok();
        if free.is_none() && !self.full {
            tracing::warn!("there are as many connections as may be; others wait (--max-connections)");
        }
        self.full = free.is_none();
        let place = match free {
            Some(place) => Some(place),
            None => self.room.clone().acquire_owned().await.ok(),
        };
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, place),
                Err(error) if gone(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "a connection could not be taken");
                    sleep(SHORT_OF).await;
                }
            }
        }
    }
}

/// Whether whoever wanted to connect has gone.
fn gone(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// A stream on which writing fails when the other side has taken nothing for a while.
struct Patient {
    stream: TcpStream,
    wait: Duration,
    /// The end of patience, while the other side takes nothing.
    until: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn bound(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.until = None;
            return written;
        }
        let wait = self.wait;
        ready!(self.until.get_or_insert_with(|| Box::pin(sleep(wait))).as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.bound(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.bound(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Bytes,
        routing::{get, post},
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::oneshot,
        task::JoinHandle,
        time::timeout,
    };

    use super::*;

    const SHORT: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(20);
    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

    struct Server {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        served: JoinHandle<()>,
    }

    /// A server in which all bounds are long but those that `change` makes short.
    async fn server(change: impl FnOnce(&mut Limits)) -> Server {
        let mut limits = Limits { connections: 10, head: LONG * 9, body: LONG * 9, answer: LONG * 9 };
        change(&mut limits);
        let who = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { format!("you are {peer}") };
        let take = |body: Result<Bytes, _>| async move { if body.is_ok() { "whole" } else { "broken" } };
        let router = Router::new()
            .route("/", get(who))
            .route("/", post(take))
            .route("/large", get(async || vec![b'x'; 1 << 26]));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, router, limits, async move { drop(stopped.await) }));
        Server { address, stop, served }
    }

    impl Server {
        async fn client(&self, send: &[u8]) -> TcpStream {
            let mut client = TcpStream::connect(self.address).await.unwrap();
            client.write_all(send).await.unwrap();
            client
        }
    }

    /// What the server says until it closes the connection; how it closes does not matter.
    async fn rest(client: &mut TcpStream) -> String {
        let mut said = Vec::new();
        let _ = timeout(LONG, client.read_to_end(&mut said)).await.expect("it is closed");
        String::from_utf8_lossy(&said).into_owned()
    }

    async fn is_answered(client: &mut TcpStream) {
        let mut said = [0; 12];
        timeout(LONG, client.read_exact(&mut said)).await.expect("an answer").unwrap();
        assert_eq!(&said, b"HTTP/1.1 200");
    }

    #[tokio::test]
    async fn a_request_that_does_not_go_on_is_closed() {
        let server = server(|limits| limits.head = SHORT).await;
        for begun in [&b""[..], b"GET / HT", b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: "] {
            assert_eq!(rest(&mut server.client(begun).await).await, "");
        }
    }

    #[tokio::test]
    async fn a_connection_that_was_used_is_closed_after_a_while() {
        let server = server(|limits| limits.head = SHORT).await;
        let mut client = server.client(HEAD).await;
        let address = client.local_addr().unwrap();
        let said = rest(&mut client).await;
        assert!(said.ends_with(&format!("you are {address}")), "{said}");
    }

    #[tokio::test]
    async fn a_body_that_does_not_go_on_is_given_up() {
        let server = server(|limits| limits.body = SHORT).await;
        let half = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf";
        let said = rest(&mut server.client(half).await).await;
        assert!(said.ends_with("broken"), "{said}");
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_given_up() {
        let server = server(|limits| (limits.answer, limits.connections) = (SHORT, 1)).await;
        let _deaf = server.client(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await;
        is_answered(&mut server.client(HEAD).await).await;
    }

    #[tokio::test]
    async fn beyond_the_bound_connections_wait_for_their_turn() {
        let server = server(|limits| limits.connections = 1).await;
        let mut first = server.client(HEAD).await;
        is_answered(&mut first).await;
        let mut second = server.client(HEAD).await;
        let mut byte = [0];
        timeout(SHORT, second.read(&mut byte)).await.expect_err("there is no room yet");
        drop(first);
        is_answered(&mut second).await;
    }

    #[tokio::test]
    async fn stopping_closes_what_is_idle_at_once() {
        let server = server(|_| {}).await;
        let mut client = server.client(HEAD).await;
        is_answered(&mut client).await;
        server.stop.send(()).unwrap();
        timeout(LONG, server.served).await.expect("it stops").unwrap();
    }
}
