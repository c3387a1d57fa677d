//! Plain HTTP against a sandbox: no client of ours, so that the services are judged by the wire.
#![allow(dead_code)]

use access_sync_sandbox::{Sandbox, World};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

pub(crate) async fn lively() -> Sandbox {
    Sandbox::builder()
        .world(World::lively(7))
        .start()
        .await
        .unwrap()
}

pub(crate) async fn empty() -> Sandbox {
    Sandbox::builder()
        .world(World::empty())
        .start()
        .await
        .unwrap()
}

pub(crate) fn http() -> reqwest::Client {
    // A fresh connection per call: a cut connection must not reach into the next test step.
    reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// Brivo, signed in.
pub(crate) struct BrivoHttp {
    pub(crate) client: reqwest::Client,
    pub(crate) api: String,
    pub(crate) key: String,
    pub(crate) token: String,
    pub(crate) refresh: String,
}

pub(crate) fn token_call(sandbox: &Sandbox, form: &[(&str, &str)]) -> RequestBuilder {
    let brivo = sandbox.brivo();
    let credentials = brivo.credentials();
    http()
        .post(format!("{}/oauth/token", brivo.auth_url()))
        .basic_auth(&credentials.client_id, Some(&credentials.client_secret))
        .form(form)
}

pub(crate) async fn brivo(sandbox: &Sandbox) -> BrivoHttp {
    let credentials = sandbox.brivo().credentials();
    let form = [
        ("grant_type", "password"),
        ("username", &credentials.username),
        ("password", &credentials.password),
    ];
    let answer: Value = token_call(sandbox, &form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    BrivoHttp {
        client: http(),
        api: sandbox.brivo().api_url(),
        key: credentials.api_key,
        token: answer["access_token"].as_str().unwrap().to_owned(),
        refresh: answer["refresh_token"].as_str().unwrap().to_owned(),
    }
}

impl BrivoHttp {
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.api))
            .header("api-key", &self.key)
            .header("Authorization", format!("bearer {}", self.token))
    }

    /// Status and JSON body (null where there is none).
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let mut request = self.request(method.parse().unwrap(), path);
        if !body.is_null() {
            request = request.json(&body);
        }
        read(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.call("GET", path, Value::Null).await
    }
}

pub(crate) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// A call on the gateway: the response before it is read.
pub(crate) async fn gateway(
    sandbox: &Sandbox,
    service: &str,
    method: &str,
    params: Value,
) -> Response {
    let (name, version) = method.split_once(' ').unwrap_or((method, "r1"));
    let entrata = sandbox.entrata();
    http()
        .post(format!("{}/{service}", entrata.gateway_url()))
        .header("X-Api-Key", entrata.credentials().api_key)
        .json(&json!({
            "auth": {"type": "apikey"},
            "requestId": "15",
            "method": {"name": name, "version": version, "params": params},
        }))
        .send()
        .await
        .unwrap()
}

pub(crate) async fn entrata(
    sandbox: &Sandbox,
    service: &str,
    method: &str,
    params: Value,
) -> Value {
    read(gateway(sandbox, service, method, params).await)
        .await
        .1
}

/// The leases of one getLeases r2 call; `service` may carry a query.
pub(crate) async fn leases(sandbox: &Sandbox, service: &str, params: Value) -> Vec<Value> {
    let answer = entrata(sandbox, service, "getLeases r2", params).await;
    answer
        .pointer("/response/result/leases/lease")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

/// A signed-in GET of Nexudus.
pub(crate) async fn nexudus(sandbox: &Sandbox, path: &str) -> (u16, Value) {
    nexudus_call(sandbox, "GET", path, Value::Null).await
}

pub(crate) async fn nexudus_call(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    body: Value,
) -> (u16, Value) {
    let nexudus = sandbox.nexudus();
    let credentials = nexudus.credentials();
    let mut request = http()
        .request(
            method.parse().unwrap(),
            format!("{}{path}", nexudus.base_url()),
        )
        .basic_auth(&credentials.email, Some(&credentials.password));
    if !body.is_null() {
        request = request.json(&body);
    }
    read(request.send().await.unwrap()).await
}

pub(crate) async fn records(sandbox: &Sandbox, path: &str) -> Vec<Value> {
    let (status, answer) = nexudus(sandbox, path).await;
    assert_eq!(status, 200, "{path}");
    answer["Records"].as_array().unwrap().clone()
}

pub(crate) fn ids(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["Id"].as_i64().unwrap()).collect()
}

/// Calls without sockets, signed in at all three.
pub(crate) struct Inside {
    pub(crate) sandbox: Sandbox,
    token: std::cell::RefCell<String>,
}

impl Inside {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        let inside = Self {
            sandbox,
            token: Default::default(),
        };
        inside.sign_in();
        inside
    }

    pub(crate) fn lively() -> Self {
        let builder = Sandbox::builder().world(World::lively(7));
        Self::new(builder.unlistened())
    }

    fn basic(user: &str, password: &str) -> String {
        use base64::Engine as _;
        let pair = format!("{user}:{password}");
        let text = base64::engine::general_purpose::STANDARD.encode(pair);
        format!("Basic {text}")
    }

    pub(crate) fn sign_in(&self) {
        let brivo = self.sandbox.brivo();
        let c = brivo.credentials();
        let form = format!(
            "grant_type=password&username={}&password={}",
            c.username, c.password
        );
        let request = http::Request::post(format!("{}/oauth/token", brivo.auth_url()))
            .header("Authorization", Self::basic(&c.client_id, &c.client_secret))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.into())
            .unwrap();
        let answer = self.sandbox.door().call(request).unwrap();
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        *self.token.borrow_mut() = answer["access_token"].as_str().unwrap().to_owned();
    }

    pub(crate) fn token(&self) -> String {
        self.token.borrow().clone()
    }

    pub(crate) fn raw(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> (u16, http::HeaderMap, Value) {
        let answer = self.sandbox.door().call(request).unwrap();
        let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        (answer.status().as_u16(), answer.headers().clone(), body)
    }

    pub(crate) fn brivo(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let brivo = self.sandbox.brivo();
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", brivo.api_url()))
            .header("api-key", brivo.credentials().api_key)
            .header("Authorization", format!("bearer {}", self.token.borrow()));
        let bytes = if body.is_null() {
            Default::default()
        } else {
            request = request.header("Content-Type", "application/json");
            body.to_string().into()
        };
        let (status, _, body) = self.raw(request.body(bytes).unwrap());
        (status, body)
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.brivo("GET", path, Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// `method` may carry a version: `getLeases r2`; `service` a query.
    pub(crate) fn entrata(&self, service: &str, method: &str, params: Value) -> Value {
        let (name, version) = method.split_once(' ').unwrap_or((method, "r1"));
        let entrata = self.sandbox.entrata();
        let body = json!({
            "auth": {"type": "apikey"},
            "requestId": "15",
            "method": {"name": name, "version": version, "params": params},
        });
        let request = http::Request::post(format!("{}/{service}", entrata.gateway_url()))
            .header("X-Api-Key", entrata.credentials().api_key)
            .header("Content-Type", "application/json")
            .body(body.to_string().into())
            .unwrap();
        self.raw(request).2
    }

    pub(crate) fn nexudus(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let nexudus = self.sandbox.nexudus();
        let c = nexudus.credentials();
        let bytes = if body.is_null() {
            Default::default()
        } else {
            bytes::Bytes::from(body.to_string())
        };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", nexudus.base_url()))
            .header("Authorization", Self::basic(&c.email, &c.password))
            .header("Content-Type", "application/json")
            .body(bytes)
            .unwrap();
        let (status, _, body) = self.raw(request);
        (status, body)
    }
}
