//! Access audits and the registration of webhooks.

use chrono::{DateTime, Utc};

use crate::entity::entity;
use crate::{
    BusinessId, CoworkerAccessControlAuditId, CoworkerId, Draft, Personal, WebHookAction, WebHookId,
};

entity! {
    /// What became of access updates, for staff to read. `/sys/coworkeraccesscontrolaudits`.
    ///
    /// Nexudus' own integrations write here, and so may others: a failed update then shows where
    /// staff look for it. Each line costs a write.
    CoworkerAccessControlAudits = "sys" / "coworkeraccesscontrolaudits", "CoworkerAccessControlAudit", CoworkerAccessControlAuditId;
    list CoworkerAccessControlAuditRow; get CoworkerAccessControlAudit;
    required {}
    optional {
        /// Whose access.
        coworker_id: CoworkerId,
        /// What happened.
        description: Personal,
        /// Whether staff should do something.
        is_problem: bool,
    }
    csv {}
    get_only {}
    filters {
        /// Whose access.
        COWORKER: CoworkerId = "Coworker",
        /// Whether staff should do something.
        IS_PROBLEM: bool = "IsProblem",
    }
    verbs { Create Update Delete }
}

impl CoworkerAccessControlAudits {
    /// A line to be written.
    #[must_use]
    pub fn draft(coworker: CoworkerId, description: &str, is_problem: bool) -> Draft<Self> {
        Draft::new()
            .with("CoworkerId", coworker.0)
            .with("Description", description)
            .with("IsProblem", is_problem)
    }
}

entity! {
    /// Registered webhooks, one action and one location each. `/sys/webhooks`.
    ///
    /// After repeated failures Nexudus switches one off by itself
    /// ([`active`](WebHookRow::active)); look from time to time and switch it on again with
    /// [`EntityApi::reactivate`](crate::EntityApi::reactivate).
    WebHooks = "sys" / "webhooks", "WebHook", WebHookId;
    list WebHookRow; get WebHook;
    required {}
    optional {
        /// The location.
        business_id: BusinessId,
        /// The name.
        name: String,
        /// What it tells of.
        action: WebHookAction,
        /// A description.
        description: String,
        /// Where it is sent. The body does not name the action, so the address should.
        #[serde(rename = "URL")]
        url: Personal,
        /// Whether it is sent.
        active: bool,
        /// The last failure. May repeat the address.
        last_error: Personal,
        /// Failures in a row, as far as is known.
        error_count: i64,
        /// When it was last sent.
        last_trigger: DateTime<Utc>,
    }
    csv {}
    get_only {}
    filters {
        /// The location.
        BUSINESS: BusinessId = "Business",
        /// What it tells of, by number.
        ACTION: i64 = "Action",
        /// Whether it is sent.
        ACTIVE: bool = "Active",
    }
    verbs { Create Update Delete }
}

impl WebHooks {
    /// A webhook to be registered. `url` should name the action, since the body does not.
    #[must_use]
    pub fn draft(
        business: BusinessId,
        action: &WebHookAction,
        name: &str,
        url: &str,
    ) -> Draft<Self> {
        Draft::new()
            .with("BusinessId", business.0)
            .with("Name", name)
            .with("Action", action.number())
            .with("URL", url)
            .with("Active", true)
    }
}
