//! Receives Nexudus' webhooks with axum: checks the signature, answers at once, and reads anew.
//!
//! `cargo run --example webhook_receiver` sends itself a signed and a forged delivery. With
//! ACCESS_SYNC_REAL=1 and NEXUDUS_WEBHOOK_SECRET it listens on port 3000 for real ones; register
//! `https://your.host/hooks/BookingCreate` and so on, one address for each action.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::sync::Arc;

use access_sync_http::{ReqwestTransport, Transport as _};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, Mac as _};
use nexudus_api::{SIGNATURE_HEADER, SecretString, WebHookAction, parse_webhook, verify_webhook};
use tokio::sync::mpsc;

#[derive(Clone)]
struct Hooks {
    secret: Arc<SecretString>,
    /// To whoever reads the source anew.
    changed: mpsc::Sender<String>,
}

async fn hook(
    State(hooks): State<Hooks>,
    Path(action): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    // The signature is over the body as it came: look before anything is parsed.
    if let Err(error) = verify_webhook(&headers, &body, &hooks.secret) {
        println!("refused: {error}");
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(records) = parse_webhook(&WebHookAction::from(action.as_str()), &body) else {
        return StatusCode::BAD_REQUEST;
    };
    for id in records.iter().filter_map(|record| record.id()) {
        // A hint that something changed, no more: a delivery may be lost, late, or repeated.
        let _ = hooks.changed.try_send(format!("{action} {id}"));
    }
    StatusCode::OK
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let real = std::env::var_os("ACCESS_SYNC_REAL").is_some();
    let secret = if real {
        std::env::var("NEXUDUS_WEBHOOK_SECRET")?
    } else {
        "shared-secret".into()
    };
    let (changed, mut changes) = mpsc::channel(1_000);
    let state = Hooks {
        secret: Arc::new(secret.clone().into()),
        changed,
    };
    let app = Router::new()
        .route("/hooks/{action}", post(hook))
        .with_state(state);
    let listener =
        tokio::net::TcpListener::bind(if real { "0.0.0.0:3000" } else { "127.0.0.1:0" }).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    if !real {
        deliver(address, &secret).await?;
    }
    while let Some(change) = changes.recv().await {
        // Here: `engine.prepare` for those who are concerned, or simply the next run, now.
        println!("{change}: to be read anew");
        if !real {
            break;
        }
    }
    server.abort();
    Ok(())
}

/// One delivery as Nexudus signs it, and one that somebody made up.
async fn deliver(
    address: std::net::SocketAddr,
    secret: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let body = br#"[{"Id": 1418700601, "ResourceId": 1414925101, "CoworkerId": 1415900212,
        "FromTime": "2026-03-10T16:30:00Z", "ToTime": "2026-03-10T18:00:00Z"}]"#;
    let signature = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes())
        .map_err(|error| error.to_string())?
        .chain_update(body)
        .finalize();
    let hex: String = signature
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    for (signature, expected) in [("00".repeat(32), 401), (hex, 200)] {
        let request = http::Request::post(format!("http://{address}/hooks/BookingUpdate"))
            .header(SIGNATURE_HEADER, signature)
            .body(Bytes::from_static(body))?;
        let answer = ReqwestTransport::new()?.send(request).await?;
        println!("answered {}", answer.status());
        if answer.status() != expected {
            return Err("the receiver is not as it should be".into());
        }
    }
    Ok(())
}
