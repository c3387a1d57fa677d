//! Customers, their teams, and visitors.

use chrono::{DateTime, Utc};

use super::{Record, business_name, csv, falses, kind, local, nulls, utc};
use crate::nexudus::rows::{Coworker, Team, Visitor};
use crate::nexudus::state::{NexudusState, Row};

pub(in crate::nexudus) fn coworker(
    state: &NexudusState,
    id: i64,
    row: &Row<Coworker>,
    now: DateTime<Utc>,
) -> Record {
    let value = &row.value;
    let home = state.businesses.get(value.business_id);
    let teams = state.teams_of(id);
    let contracts = state.contracts_of(id, now);
    let main = contracts.first().map(|(_, contract)| *contract);
    let zone = state.wall(value.business_id);
    let mut names = value.full_name.split(' ').filter(|part| !part.is_empty());
    let first = names.next();
    let last = names.next_back();
    // A login of their own only for people, not for the companies that pay for them.
    let user = (!value.company).then_some(id - 5_900_000);
    let mut record = Record::new();
    nulls!(
        record,
        [
            "AddedBusinesses",
            "RemovedBusinesses",
            "AddedTeams",
            "RemovedTeams",
            "MobilePhone",
            "LandLine",
            "BillingEmail",
            "KeyFobNumber",
            "ReferenceNumber",
            "Tag",
            "Notes",
            "AlertNote",
            "AccessControlDebounceTime",
            "NextTariffId",
            "NextTariffName",
        ]
    );
    falses!(
        record,
        [
            "CreateUser",
            "CanBookForTeam",
            "ShowAlert",
            "UserIsAdmin",
            "AccessControlErrorNotificationSent",
            "HasDueInvoices",
            "IsAdmin",
        ]
    );
    record.set("Gender", 1);
    record.set("CountryId", 1221);
    record.set("TaxRateType", 1);
    record.set("AllowNetworkCheckin", true);
    record.set("CanMakeBookings", true);
    record.set("CanPurchaseProducts", true);
    record.set("CanPurchaseEvents", true);
    record.set("CanAccessCommunity", true);
    record.set("GeneralTermsAccepted", true);
    record.set("IsDefaultProfile", true);
    record.set("BillingDay", 1);
    record.set("MondayAttendance", 5);
    record.set("TuesdayAttendance", 5);
    record.set("WednesdayAttendance", 5);
    record.set("ThursdayAttendance", 5);
    record.set("FridayAttendance", 5);
    record.set("SaturdayAttendance", 5);
    record.set("SundayAttendance", 5);
    record.set("CoworkerType", if value.company { 2 } else { 1 });
    record.set("Businesses", [value.business_id]);
    record.set(
        "Teams",
        teams.iter().map(|(team, _)| *team).collect::<Vec<i64>>(),
    );
    record.set("FullName", value.full_name.as_str());
    record.set("Salutation", first);
    record.set("Email", value.email.as_str());
    record.set("SimpleTimeZoneId", home.map(|b| b.simple_time_zone_id));
    record.set(
        "CompanyName",
        value.company.then_some(value.full_name.as_str()),
    );
    record.set(
        "BillingName",
        value.company.then_some(value.full_name.as_str()),
    );
    record.set("InvoicingBusinessId", value.business_id);
    record.set("InvoicingBusinessName", home.map(|b| b.name.as_str()));
    record.set("BusinessNames", home.map(|b| b.name.as_str()));
    record.set("AccessCardId", &value.access_card_id);
    record.set("AccessPincode", &value.access_pincode);
    record.set("BrivoUserId", value.brivo_user_id);
    record.set("UserId", user);
    record.set("UserFullName", user.map(|_| value.full_name.as_str()));
    record.set("UserActive", user.is_some());
    record.set("Active", value.active);
    record.set("Archived", value.archived);
    record.set("RegistrationDate", utc(row.created));
    record.set("RegistrationDateLocal", local(row.created, zone));
    record.set("TariffId", main.map(|c| c.tariff_id));
    record.set(
        "TariffName",
        main.and_then(|c| state.tariffs.get(c.tariff_id))
            .map(|t| t.name.as_str()),
    );
    record.set("RenewalDate", main.and_then(|c| c.renewal).map(utc));
    record.set("StartDate", main.and_then(|c| c.start).map(utc));
    record.set(
        "CancellationDate",
        main.and_then(|c| c.cancellation).map(utc),
    );
    record.set("TeamId", teams.first().map(|(team, _)| *team));
    record.set(
        "TeamName",
        teams.first().map(|(_, team)| team.name.as_str()),
    );
    record.set("TeamIds", csv(teams.iter().map(|(team, _)| team)));
    record.set("TeamNames", csv(teams.iter().map(|(_, team)| &team.name)));
    record.set(
        "CoworkerContractIds",
        csv(contracts.iter().map(|(contract, _)| contract)),
    );
    record.set("GuessedFirstName", last.and(first));
    record.set("GuessedLastName", last);
    record.set("CheckinSinceLastRenewal", 0);
    record.set("MinutesSinceLastRenewal", 0);
    record.base("Coworker", id, row, &value.full_name);
    record
}

pub(in crate::nexudus) fn team(state: &NexudusState, id: i64, row: &Row<Team>) -> Record {
    let value = &row.value;
    let payer = value
        .paying_member_id
        .and_then(|id| state.coworkers.get(id));
    let mut record = Record::new();
    nulls!(
        record,
        [
            "Description",
            "TunnelPrivateGroupId",
            "AddedTeamMembers",
            "RemovedTeamMembers",
            "AddedTeamAdministrators",
            "RemovedTeamAdministrators",
            "DefaultMemberTariffId",
            "DefaultMemberTariffName",
            "DiscountExtraServices",
            "DiscountTimePasses",
            "DiscountCharges",
            "DiscountTariffs",
            "ProfileSummary",
            "ProfileTags",
            "ProfileWebsite",
        ]
    );
    falses!(
        record,
        [
            "UseSpecialPrices",
            "TransferCreditsToPayingMember",
            "ProfileIsPublic",
            "HasCommunityGroup",
            "DisableAttendanceDashboard",
        ]
    );
    record.set("CreateSingleInvoiceForTeam", true);
    record.set("MaxTeamMemberCount", 12);
    record.set("ShareTimePasses", true);
    record.set("ShareExtraServices", true);
    record.set("ShareBookingCredit", true);
    record.set("BusinessId", value.business_id);
    record.set("BusinessName", business_name(state, value.business_id));
    record.set("Name", value.name.as_str());
    record.set("TeamMembers", &value.members);
    record.set("TeamAdministrators", &value.administrators);
    record.set("PayingMemberId", value.paying_member_id);
    record.set("PayingMemberFullName", payer.map(|c| c.full_name.as_str()));
    record.set("PayingMemberCoworkerType", payer.map(kind));
    record.set(
        "PayingMemberBillingName",
        payer.filter(|c| c.company).map(|c| c.full_name.as_str()),
    );
    record.set(
        "PayingMemberCompanyName",
        payer.filter(|c| c.company).map(|c| c.full_name.as_str()),
    );
    record.base("Team", id, row, &value.name);
    record
}

pub(in crate::nexudus) fn visitor(state: &NexudusState, id: i64, row: &Row<Visitor>) -> Record {
    let value = &row.value;
    let host = value.coworker_id.and_then(|id| state.coworkers.get(id));
    let mut record = Record::new();
    nulls!(
        record,
        [
            "CoworkerCompanyName",
            "CoworkerBillingName",
            "CheckedInAt",
            "Notes",
            "CustomerNotes",
            "PhoneNumber",
            "ArrivalDate",
            "DepartureDate",
            "AccessControlScheduledJobId",
        ]
    );
    falses!(
        record,
        [
            "Arrived",
            "Notified",
            "Internal",
            "IsTour",
            "HasAgreedTerms",
            "TourConfirmed",
            "CheckInNow",
        ]
    );
    record.set("VisitorSource", 3);
    record.set("VisitReason", "Meeting");
    record.set("CompanyName", "Guest Co");
    record.set("BusinessId", value.business_id);
    record.set("FullName", value.full_name.as_str());
    record.set("Email", value.email.as_str());
    record.set("CoworkerId", value.coworker_id);
    record.set("CoworkerCoworkerType", host.map(kind));
    record.set("CoworkerFullName", host.map(|c| c.full_name.as_str()));
    record.set("CoworkerEmail", host.map(|c| c.email.as_str()));
    record.set(
        "CoworkerTeamNames",
        value
            .coworker_id
            .and_then(|id| csv(state.teams_of(id).iter().map(|(_, team)| &team.name))),
    );
    record.set("HostApprovalStatus", value.host_approval_status);
    record.set("VisitorCode", (700_000 + id % 100_000).to_string());
    record.set("ExpectedArrival", utc(value.expected_arrival));
    record.base("Visitor", id, row, &value.full_name);
    record
}
