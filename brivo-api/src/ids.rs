//! Ids, one type for each kind of thing. Brivo writes them as JSON numbers of up to 64 bits; numbers
//! in text are read too.

use access_sync_http::numeric_id;

numeric_id! {
    /// A user.
    pub struct UserId;
}
numeric_id! {
    /// A group of users.
    pub struct GroupId;
}
numeric_id! {
    /// A credential: a card, a PIN or a mobile pass.
    pub struct CredentialId;
}
numeric_id! {
    /// A credential format, such as 100 for the 26-bit card.
    pub struct CredentialFormatId;
}
numeric_id! {
    /// A field of a credential format, such as the card number of the 26-bit card.
    pub struct CredentialFieldId;
}
numeric_id! {
    /// An invitation to a mobile pass.
    pub struct InvitationId;
}
numeric_id! {
    /// A custom field.
    pub struct CustomFieldId;
}
numeric_id! {
    /// A site.
    pub struct SiteId;
}
numeric_id! {
    /// An access point: a door, a floor, a lock.
    pub struct AccessPointId;
}
numeric_id! {
    /// A schedule.
    pub struct ScheduleId;
}
numeric_id! {
    /// A holiday.
    pub struct HolidayId;
}
numeric_id! {
    /// An account.
    pub struct AccountId;
}
numeric_id! {
    /// A setting of an account.
    pub struct AccountSettingId;
}
numeric_id! {
    /// Something that accounts can do.
    pub struct FeatureId;
}
numeric_id! {
    /// An administrator.
    pub struct AdministratorId;
}
numeric_id! {
    /// A control panel.
    pub struct ControlPanelId;
}
numeric_id! {
    /// An event subscription (webhook).
    pub struct EventSubscriptionId;
}
