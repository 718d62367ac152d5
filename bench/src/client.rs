//! The asking side: plain connections that are kept alive, and many of them at once for a time.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Method, Request,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

use crate::{
    clock,
    data::{EMAIL, PASSWORD},
};

/// One connection.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Bytes,
}

impl Client {
    /// Connects.
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, host: address.to_string() })
    }

    /// Connects and signs in by the form. Gives the cookie too.
    pub(crate) async fn sign_in(address: SocketAddr) -> anyhow::Result<(Self, String)> {
        let mut client = Self::connect(address).await?;
        let form = format!("email={}&password={}", urlencoding::encode(EMAIL), urlencoding::encode(PASSWORD));
        let answer = client.post("/sign-in", &form, None).await?;
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
        let session = cookies.filter_map(|c| c.split(';').next()).find(|c| c.starts_with("isthmus_session="));
        let session =
            session.with_context(|| format!("signing in failed with status {}", answer.status))?.to_owned();
        Ok((client, session))
    }

    /// Asks for a page.
    pub(crate) async fn get(&mut self, path: &str, cookie: Option<&str>) -> anyhow::Result<Answer> {
        self.ask(Method::GET, path, cookie, None).await
    }

    /// Sends a form.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        form: &str,
        cookie: Option<&str>,
    ) -> anyhow::Result<Answer> {
        self.ask(Method::POST, path, cookie, Some(form)).await
    }

    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        cookie: Option<&str>,
        form: Option<&str>,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.host);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Full::from(form.unwrap_or_default().to_owned()))?;
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// Asks for a page and reads it without keeping it. Gives its status and length.
    async fn read(&mut self, path: &str, cookie: Option<&str>) -> anyhow::Result<(u16, usize)> {
        let mut request = Request::builder().uri(path).header(header::HOST, &self.host);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.sender.ready().await?;
        let answer = self.sender.send_request(request.body(Full::default())?).await?;
        let status = answer.status().as_u16();
        let mut body = answer.into_body();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame?.data_ref().map_or(0, Bytes::len);
        }
        Ok((status, length))
    }
}

/// What many connections ask for at once.
#[derive(Clone)]
pub(crate) struct Load {
    /// Whom.
    pub(crate) address: SocketAddr,
    /// What: the path of the n-th request.
    pub(crate) path: Arc<dyn Fn(u64) -> String + Send + Sync>,
    /// As whom.
    pub(crate) cookie: Option<String>,
    /// How many bytes each answer must have.
    pub(crate) length: usize,
}

/// Connections that ask at once.
pub(crate) const CONNECTIONS: usize = 16;

impl Load {
    /// The same path each time.
    pub(crate) fn of(address: SocketAddr, path: &str, cookie: Option<&str>, length: usize) -> Self {
        let path = path.to_owned();
        Self { address, path: Arc::new(move |_| path.clone()), cookie: cookie.map(str::to_owned), length }
    }

    /// Requests per second on [`CONNECTIONS`] connections over a time, after a tenth of it to warm up. `asked` counts
    /// on from run to run, so that no path comes twice where each is to be new.
    pub(crate) async fn run(&self, time: Duration, asked: &Arc<AtomicU64>) -> anyhow::Result<f64> {
        let begin = clock::now() + time / 10;
        let end = begin + time;
        let mut tasks = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (load, asked) = (self.clone(), asked.clone());
            tasks.spawn(async move {
                let mut client = Client::connect(load.address).await?;
                let mut counted = 0_u64;
                loop {
                    let path = (load.path)(asked.fetch_add(1, Ordering::Relaxed));
                    let (status, length) = client.read(&path, load.cookie.as_deref()).await?;
                    ensure!(
                        status == 200 && length == load.length,
                        "{path} answered {status} with {length} bytes, not 200 with {}",
                        load.length
                    );
                    let now = clock::now();
                    if now > end {
                        return Ok(counted);
                    }
                    counted += u64::from(now > begin);
                }
            });
        }
        let mut total = 0;
        while let Some(counted) = tasks.join_next().await {
            total += counted??;
        }
        if total == 0 {
            bail!("nothing was answered in time");
        }
        Ok(total as f64 / time.as_secs_f64())
    }
}
