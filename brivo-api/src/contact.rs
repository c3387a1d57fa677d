//! Whom to reach about an account.

use access_sync_http::{Error, decode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fields::debug_only;

macro_rules! contact {
    ($($(#[$doc:meta])* $field:ident,)+) => {
        /// A person with an address. Made from the name, then field by field.
        ///
        /// ```
        /// use brivo_api::Contact;
        ///
        /// let contact = Contact::new("Alice", "Liddell")
        ///     .street_address1("4 Deanery Walk")
        ///     .city("Oxford")
        ///     .state("OH")
        ///     .postal_code("45056")
        ///     .telephone_number("513-555-0117");
        /// # let _ = contact;
        /// ```
        #[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
        #[serde(rename_all = "camelCase", default)]
        #[non_exhaustive]
        pub struct Contact {
            $($(#[$doc])*
            #[serde(
                deserialize_with = "decode::optional",
                skip_serializing_if = "Option::is_none"
            )]
            pub $field: Option<String>,)+
        }

        impl Contact {
            $($(#[$doc])*
            #[must_use]
            pub fn $field(mut self, text: impl Into<String>) -> Self {
                self.$field = Some(text.into());
                self
            })+
        }
    };
}

contact! {
    /// First name.
    first_name,
    /// Last name.
    last_name,
    /// Street, first line.
    street_address1,
    /// Street, second line.
    street_address2,
    /// City.
    city,
    /// State or province.
    state,
    /// Postal code.
    postal_code,
    /// Country.
    country,
    /// Telephone number.
    telephone_number,
    /// Its extension.
    telephone_extension,
    /// E-mail address.
    email,
    /// Notes, which Brivo's own people alone may change.
    notes,
}
debug_only!(Contact:);

impl Contact {
    /// A contact of this name.
    #[must_use]
    pub fn new(first_name: impl Into<String>, last_name: impl Into<String>) -> Self {
        Self::default().first_name(first_name).last_name(last_name)
    }

    /// As Brivo wants it; of all fields only the second line of the street, the country, the
    /// extension, the e-mail address and the notes may be missing.
    pub(crate) fn body(&self, with_address: bool) -> Result<Value, Error> {
        let person = [
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
            ("telephoneNumber", &self.telephone_number),
        ];
        let address = [
            ("streetAddress1", &self.street_address1),
            ("city", &self.city),
            ("state", &self.state),
            ("postalCode", &self.postal_code),
        ];
        let needed = address.iter().filter(|_| with_address);
        for (name, text) in person.iter().chain(needed) {
            if text.as_deref().is_none_or(|text| text.trim().is_empty()) {
                return Err(Error::config(format!(
                    "the account's contact needs a {name}"
                )));
            }
        }
        serde_json::to_value(self).map_err(|_| Error::config("the contact cannot be written"))
    }
}
