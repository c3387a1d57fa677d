//! Connects to a customer's Brivo account with the authorization code, and stays connected.
//!
//! An administrator of the account says yes once, in the browser; their password never comes here.
//! `cargo run --example brivo_authorization_code`; with ACCESS_SYNC_REAL=1, BRIVO_API_KEY,
//! BRIVO_CLIENT_ID, BRIVO_CLIENT_SECRET and BRIVO_REDIRECT_URI it asks for a real account.
#![allow(clippy::print_stdout, reason = "an example prints")]

#[path = "shared/hosts.rs"]
mod hosts;

use std::sync::{Arc, Mutex, PoisonError};

use brivo_api::{Callback, Error, RefreshTokenStore, Region, SecretString, authorize_url};

/// Where the refresh token outlives the process. In a service: your platform's secret store.
#[derive(Debug, Default)]
struct Store(Mutex<Option<SecretString>>);

#[async_trait::async_trait]
impl RefreshTokenStore for Store {
    async fn load(&self) -> Result<Option<SecretString>, Error> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn save(&self, refresh: &SecretString) -> Result<(), Error> {
        // Brivo replaces the token at each use, and the old one dies: keep the new one first.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(refresh.clone());
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hosts = hosts::Hosts::start().await?;
    // 1. Send the administrator here. The state is yours: one for each attempt, not to be guessed.
    let state = "a-random-state-of-this-attempt";
    let id = std::env::var("BRIVO_CLIENT_ID").unwrap_or_else(|_| "client".into());
    println!("Open {}", authorize_url(&Region::Us, &id, state, None)?);

    // 2. Brivo sends the browser back to your redirect URI, with the code behind the question mark.
    let query = match &hosts.0 {
        Some(sandbox) => format!(
            "code={}&state={state}",
            sandbox.brivo().issue_authorization_code()
        ),
        None => {
            println!("and paste what stands behind the ? of the address that you come to:");
            std::io::stdin()
                .lines()
                .next()
                .ok_or("nothing was pasted")??
        }
    };
    let callback = Callback::parse(&query, state)?; // a wrong state is refused

    // 3. The first call trades the code for tokens; from then on they renew themselves.
    let store = Arc::new(Store::default());
    let redirect = std::env::var("BRIVO_REDIRECT_URI")
        .unwrap_or_else(|_| "https://you.example/callback".into());
    let client = hosts
        .brivo_key()?
        .authorization_code(callback.code, redirect)
        .refresh_token_store(store.clone())
        .build()?;
    let me = client.administrators().whoami().await?;
    println!("Connected, as administrator {}", me.id);

    // 4. After a restart the store is all that is needed: no code, no password.
    let again = hosts.brivo_key()?.refresh_token_store(store).build()?;
    let groups = again.groups().list().all().await?;
    println!(
        "Connected again after a restart; {} groups",
        groups.items.len()
    );
    Ok(())
}
