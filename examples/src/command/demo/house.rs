//! The demo's building: clients against the sandbox, and what an earlier run left behind.

use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::mapping::Namespace;
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::source::nexudus::NexudusSource;
use access_sync_engine::{Engine, Mapping, Prepared};
use access_sync_sandbox::Sandbox;
use access_sync_sandbox::brivo::NewUser;
use access_sync_sandbox::entrata::LeaseStatus;
use brivo_api::{BrivoClient, Region};
use entrata_api::{Auth, EntrataClient, Host};
use nexudus_api::NexudusClient;

use crate::command::Failure;
use crate::render::demo::PerUser;

/// The real clients; only addresses and credentials are the sandbox's.
pub(super) fn engine(sandbox: &Sandbox, mapping: &Mapping) -> Result<Engine, Failure> {
    let (brivo, login) = (sandbox.brivo(), sandbox.brivo().credentials());
    let brivo = BrivoClient::builder()
        .region(Region::Custom {
            auth: brivo.auth_url(),
            api: brivo.api_url(),
        })
        .api_key(login.api_key)
        .client(login.client_id, login.client_secret)
        .password(login.username, login.password)
        .tier(brivo_api::Tier::Custom {
            per_second: 5_000,
            per_30_days: 1_000_000,
        })
        .build()?;
    let (entrata, login) = (sandbox.entrata(), sandbox.entrata().credentials());
    let entrata = EntrataClient::builder()
        .host(Host::Custom(entrata.gateway_url()))
        .auth(Auth::api_key(login.api_key))
        .build()?;
    let (nexudus, login) = (sandbox.nexudus(), sandbox.nexudus().credentials());
    let nexudus = NexudusClient::builder()
        .base(nexudus.base_url())
        .bearer(login.email, login.password)
        .limiter(std::sync::Arc::new(access_sync_http::Unlimited))
        .build()?;
    // What an earlier run left behind is there before this run's ledger knows of it.
    let builder = Engine::builder(BrivoAccess::new(brivo), mapping).adopt_existing(true);
    let builder = builder.source(EntrataSource::new(entrata, mapping));
    Ok(builder
        .source(NexudusSource::new(nexudus, mapping))
        .build()?)
}

/// People of ours who should be gone, as a broken sync would have left them.
#[derive(Debug)]
pub(crate) struct Leftovers {
    /// Moved out of unit 105 and still in its group.
    pub(crate) moved_out: String,
    /// In unit 607's group, and no source knows them.
    pub(crate) unknown: String,
}

pub(super) fn leave_behind(sandbox: &Sandbox, namespace: &Namespace) -> Result<Leftovers, Failure> {
    let missing = |what: &str| {
        Failure::usage(format!(
            "the sandbox's world has no {what}; this is a fault of the demo"
        ))
    };
    let leases = sandbox.entrata().leases();
    let past = leases
        .iter()
        .find(|lease| lease.unit_id == Some(700_105) && lease.status == LeaseStatus::Past);
    let customer = past
        .and_then(|lease| lease.customers.first())
        .ok_or_else(|| missing("past lease of unit 105"))?;
    let moved_out = format!("entrata:customer:{}", customer.id);
    let unknown = "entrata:customer:699999".to_owned();
    let brivo = sandbox.brivo();
    for (subject, first, last, groups) in [
        (
            &moved_out,
            customer.first_name.as_str(),
            customer.last_name.as_str(),
            ["Harbor Point Residents", "Harbor Point Unit 105"],
        ),
        (
            &unknown,
            "Vera",
            "Vanished",
            ["Harbor Point Residents", "Harbor Point Unit 607"],
        ),
    ] {
        let external_id = Some(namespace.external_id(subject));
        let user = brivo.add_user(NewUser {
            first_name: first.into(),
            last_name: last.into(),
            external_id,
            ..NewUser::default()
        });
        for group in groups {
            let id = brivo.group_id(group).ok_or_else(|| missing(group))?;
            brivo.add_member(user, id);
        }
    }
    Ok(Leftovers { moved_out, unknown })
}

/// What a sync that looks at each person would call for the same run: the user by external id and
/// the user's groups, then one call per user to make and per membership to change.
pub(super) fn per_user_calls(prepared: &Prepared) -> PerUser {
    let read = 2 * prepared.feed.people.len() as u64;
    let write = prepared.changes().calls_by(|person| {
        let new = !person.add.is_empty() && !prepared.observed.ours.contains_key(&person.subject);
        let memberships = person.add.len() + person.remove.len();
        u64::from(new) + memberships as u64 + u64::from(person.user_action.is_some())
    });
    PerUser { read, write }
}
