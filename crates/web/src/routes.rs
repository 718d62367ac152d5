//! All routes, each with whom it lets in. A route that is not in this table does not exist, and none can stand in it
//! without saying who may pass; a test drives every one of them for every role.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, Request, Response, header},
    middleware,
    routing::MethodRouter,
};
use isms::{
    Kind,
    access::{Ability, Action},
};
use tower::Layer;
use tower_http::{compression::CompressionLayer, trace::TraceLayer};

use crate::{
    App, api, asof, assets, error,
    gate::{GateState, forget_flash, gate},
    pages,
};

pub use crate::gate::Access;

/// One route: method, path, whom it lets in.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `get` or `post`.
    pub method: &'static str,
    /// The path, with `{name}` for what varies.
    pub path: &'static str,
    /// Whom it lets in.
    pub access: Access,
}

macro_rules! routes {
    ($($method:ident $path:literal $access:expr => $handler:expr;)*) => {
        /// The table of routes.
        pub const ROUTES: &[Route] = &[$(Route { method: stringify!($method), path: $path, access: $access }),*];

        fn table(app: &App) -> Router<App> {
            let mut router = Router::new();
            $(router = router.route($path, gated(app, $access, $path, axum::routing::$method($handler)));)*
            router
        }
    };
}

const IN: Access = Access::SignedIn;

routes! {
    // Open to anybody.
    get "/healthz" Access::Public => pages::health::health;
    get "/assets/{name}" Access::Public => assets::asset;
    get "/setup" Access::Public => pages::setup::form;
    post "/setup" Access::Public => pages::setup::submit;
    get "/sign-in" Access::Public => pages::sign_in::form;
    post "/sign-in" Access::Public => pages::sign_in::submit;
    post "/sign-out" Access::Public => pages::sign_in::out;
    get "/invitation" Access::Public => pages::invitation::form;
    post "/invitation" Access::Public => pages::invitation::submit;

    // For everybody signed in.
    get "/" IN => pages::today::today;
    get "/go-to-date" IN => pages::today::go_to_date;
    get "/path" IN => pages::path::path;
    get "/search" IN => pages::search::page;
    get "/search.json" IN => pages::search::json;
    get "/account" IN => pages::account::mine;
    post "/account/password" IN => pages::account::password;
    post "/account/sessions" IN => pages::account::end_sessions;
    get "/files/{hash}" IN => pages::files::download;
    get "/group/{group}" IN => pages::group::group;
    get "/matrix" Access::On(Kind::Risk, Action::Read) => pages::matrix::matrix;
    get "/requirements" IN => pages::requirements::list;
    get "/requirements/{row}" IN => pages::requirements::row;
    post "/requirements/{row}/licensed" Access::On(Kind::LicensedText, Action::Create) => pages::requirements::licensed;
    get "/calendar" IN => pages::calendar::calendar;
    get "/coverage" IN => pages::coverage::coverage;
    get "/forecast" IN => pages::forecast::forecast;
    get "/frameworks" IN => pages::crosswalk::list;
    get "/frameworks/{name}" IN => pages::crosswalk::one;
    get "/settings" IN => pages::settings::settings;
    post "/settings/parameters" Access::On(Kind::ParameterSetting, Action::Edit) => pages::settings::parameter;

    // Accounts.
    get "/accounts" Access::Can(Ability::ManageAccounts) => pages::accounts::list;
    post "/accounts" Access::Can(Ability::ManageAccounts) => pages::accounts::invite;
    get "/accounts/{id}" Access::Can(Ability::ManageAccounts) => pages::accounts::show;
    post "/accounts/{id}" Access::Can(Ability::ManageAccounts) => pages::accounts::change;

    // The ledger.
    get "/activity" Access::Can(Ability::ReadLedger) => pages::activity::list;
    get "/activity/{seq}" Access::Can(Ability::ReadLedger) => pages::activity::entry;
    get "/activity/{seq}/proof.json" Access::Can(Ability::ReadLedger) => pages::activity::proof;
    get "/checkpoint" IN => pages::activity::checkpoint;

    // Risk method, risks.
    get "/method" Access::On(Kind::RiskMethod, Action::Read) => pages::method::show;
    get "/method/edit" Access::On(Kind::RiskMethod, Action::Edit) => pages::method::form;
    post "/method" Access::On(Kind::RiskMethod, Action::Edit) => pages::method::save;
    get "/starters/scenarios" Access::On(Kind::Risk, Action::Create) => pages::starters::scenarios;
    post "/starters/scenarios" Access::On(Kind::Risk, Action::Create) => pages::starters::adopt_scenarios;
    get "/starters/documents" Access::On(Kind::Document, Action::Create) => pages::starters::documents;
    post "/starters/documents" Access::On(Kind::Document, Action::Create) => pages::starters::adopt_documents;
    get "/risk/{id}/score" Access::On(Kind::RiskScore, Action::Create) => pages::risk::score_form;
    post "/risk/{id}/score" Access::On(Kind::RiskScore, Action::Create) => pages::risk::score;
    get "/risk/{id}/evaluate" Access::On(Kind::RiskEvaluation, Action::Create) => pages::risk::evaluate_form;
    post "/risk/{id}/evaluate" Access::On(Kind::RiskEvaluation, Action::Create) => pages::risk::evaluate;
    get "/risk/{id}/plan" Access::On(Kind::TreatmentPlan, Action::Create) => pages::risk::plan_form;
    post "/risk/{id}/plan" Access::On(Kind::TreatmentPlan, Action::Create) => pages::risk::plan;
    get "/risk/{id}/accept" Access::On(Kind::RiskAcceptance, Action::Create) => pages::risk::accept_form;
    post "/risk/{id}/accept" Access::On(Kind::RiskAcceptance, Action::Create) => pages::risk::accept;

    // Statement of Applicability.
    get "/soa" Access::On(Kind::SoaVersion, Action::Read) => pages::soa::soa;
    post "/soa/new" Access::On(Kind::SoaVersion, Action::Create) => pages::soa::new_version;
    get "/soa/rest" Access::On(Kind::ApplicabilityDecision, Action::Edit) => pages::soa::rest;
    get "/soa/{control}" Access::On(Kind::ApplicabilityDecision, Action::Read) => pages::soa::control;
    post "/soa/{control}" Access::On(Kind::ApplicabilityDecision, Action::Edit) => pages::soa::decide;
    post "/soa/propose-all" Access::On(Kind::ApplicabilityDecision, Action::Edit) => pages::soa::propose_all;
    post "/soa/step/{step}" Access::On(Kind::SoaVersion, Action::Step) => pages::soa::step;

    // Evidence files.
    get "/evidence/upload" Access::On(Kind::Evidence, Action::Create) => pages::evidence::form;
    post "/evidence/upload" Access::On(Kind::Evidence, Action::Create) => pages::evidence::upload;
    get "/document/{id}/upload" Access::On(Kind::DocumentVersion, Action::Create) => pages::evidence::version_form;
    post "/document/{id}/upload" Access::On(Kind::DocumentVersion, Action::Create) => pages::evidence::upload_version;

    // Files of registers.
    get "/export/{what}" Access::Can(Ability::Export) => pages::export::export;

    // JSON.
    get "/api/v1/openapi.json" IN => api::openapi::document;
    get "/api/v1/readiness" IN => api::verdicts::all;
    get "/api/v1/explain/{row}" IN => api::verdicts::one;
    get "/api/v1/{kind}" Access::OnKind(Action::Read) => api::records::list;
    get "/api/v1/{kind}/{id}" Access::OnKind(Action::Read) => api::records::one;
    get "/api/v1/{kind}/{id}/history" Access::OnKind(Action::Read) => api::records::history;
    get "/api/v1/{kind}/{id}/backrefs" Access::OnKind(Action::Read) => api::records::backrefs;

    // Records of any kind.
    get "/{kind}" Access::OnKind(Action::Read) => pages::records::list;
    get "/{kind}/new" Access::OnKind(Action::Create) => pages::records::new;
    post "/{kind}" Access::OnKind(Action::Create) => pages::records::create;
    get "/{kind}/{id}" Access::OnKind(Action::Read) => pages::records::show;
    get "/{kind}/{id}/edit" Access::OnKind(Action::Edit) => pages::records::edit;
    post "/{kind}/{id}" Access::OnKind(Action::Edit) => pages::records::update;
    get "/{kind}/{id}/history" Access::OnKind(Action::Read) => pages::records::history;
    get "/{kind}/{id}/step/{step}" Access::OnKind(Action::Step) => pages::records::step_form;
    post "/{kind}/{id}/step/{step}" Access::OnKind(Action::Step) => pages::records::step;
    post "/{kind}/{id}/archive" Access::OnKind(Action::Remove) => pages::records::archive;
    post "/{kind}/{id}/restore" Access::OnKind(Action::Remove) => pages::records::restore;
    post "/{kind}/{id}/delete" Access::OnKind(Action::Remove) => pages::records::remove;
    get "/{kind}/export/{format}" Access::OnKind(Action::Read) => pages::records::export;
}

/// Largest body of a request that is no upload, in bytes.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

fn gated(app: &App, access: Access, path: &str, handler: MethodRouter<App>) -> MethodRouter<App> {
    let state = GateState { app: app.clone(), access, api: path.starts_with("/api/") };
    // Files stream to the store, which has its own limit.
    let handler =
        if path.ends_with("/upload") { handler.layer(DefaultBodyLimit::disable()) } else { handler };
    handler.layer(middleware::from_fn_with_state(state, gate))
}

/// The application as a router, ready to be served.
pub fn router(app: App) -> Router {
    let secure = app.config.secure_cookies;
    let inner = table(&app)
        .fallback(pages::not_found)
        .layer(middleware::from_fn(error::draw))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(move |request, next| forget_flash(secure, request, next)))
        .layer(middleware::map_response(security_headers))
        .layer(CompressionLayer::new().no_br().no_deflate().no_zstd())
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request<_>| {
            // The query may hold what people searched for: the path alone is logged.
            tracing::info_span!("request", method = %request.method(), path = request.uri().path())
        }))
        .with_state(app);
    // The date has to come off the path before routing, so the layer goes around the router.
    Router::new().fallback_service(tower::util::MapRequestLayer::new(asof::strip).layer(inner))
}

/// Headers of every answer, also of those that the gate gives in a handler's place. Nothing is kept by browsers and
/// proxies unless a handler said otherwise, as for files that never change.
async fn security_headers<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    set(header::CACHE_CONTROL, "private, no-store");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    set(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
    response
}
