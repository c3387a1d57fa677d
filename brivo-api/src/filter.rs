//! Filters that cannot be written wrong: `filter=<field>__<op>:<v>[,<v>…][;…]`.

use access_sync_http::Error;

/// One condition on a list. Several conditions on one list must all hold.
///
/// Which fields and operators a list knows is told at the list; Brivo answers 400 to others.
///
/// ```
/// use brivo_api::Filter;
///
/// # fn main() -> Result<(), brivo_api::Error> {
/// assert_eq!(Filter::eq("name", "Unit B-214")?.to_string(), "name__eq:Unit B-214");
/// assert_eq!(Filter::ne("id", [7, 8])?.to_string(), "id__ne:7,8");
/// assert!(Filter::eq("name", "a;b").is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Filter {
    field: String,
    op: &'static str,
    values: Vec<String>,
}

/// One value or several.
pub trait FilterValues {
    /// The values as text.
    fn into_values(self) -> Vec<String>;
}

macro_rules! single {
    ($($type:ty),*) => {$(
        impl FilterValues for $type {
            fn into_values(self) -> Vec<String> {
                vec![self.to_string()]
            }
        }
    )*};
}
single!(&str, String, i64, bool);

impl<T: ToString, const N: usize> FilterValues for [T; N] {
    fn into_values(self) -> Vec<String> {
        self.iter().map(T::to_string).collect()
    }
}

impl<T: ToString> FilterValues for &[T] {
    fn into_values(self) -> Vec<String> {
        self.iter().map(T::to_string).collect()
    }
}

impl<T: ToString> FilterValues for Vec<T> {
    fn into_values(self) -> Vec<String> {
        self.as_slice().into_values()
    }
}

impl Filter {
    /// Equal to one of the values; for names and the like Brivo means *contains*.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the field is no field name, there is no value, or
    /// a value is blank or holds `,` or `;`, for which Brivo documents no escape.
    pub fn eq(field: &str, values: impl FilterValues) -> Result<Self, Error> {
        Self::new(field, "eq", values.into_values())
    }

    /// Equal to none of the values.
    ///
    /// # Errors
    /// As [`Filter::eq`].
    pub fn ne(field: &str, values: impl FilterValues) -> Result<Self, Error> {
        Self::new(field, "ne", values.into_values())
    }

    /// Greater, or later.
    ///
    /// # Errors
    /// As [`Filter::eq`], and for more than one value.
    pub fn gt(field: &str, value: impl FilterValues) -> Result<Self, Error> {
        Self::single(field, "gt", value.into_values())
    }

    /// Less, or earlier.
    ///
    /// # Errors
    /// As [`Filter::gt`].
    pub fn lt(field: &str, value: impl FilterValues) -> Result<Self, Error> {
        Self::single(field, "lt", value.into_values())
    }

    /// Exactly equal; for custom fields only (`cf_3301`).
    ///
    /// # Errors
    /// As [`Filter::gt`], and for fields that are no custom field.
    pub fn exact(field: &str, value: impl FilterValues) -> Result<Self, Error> {
        if !field.starts_with("cf_") {
            return Err(Error::config(
                "the operator `exact` is for custom fields (cf_…)",
            ));
        }
        Self::single(field, "exact", value.into_values())
    }

    fn single(field: &str, op: &'static str, values: Vec<String>) -> Result<Self, Error> {
        if values.len() > 1 {
            return Err(Error::config("this filter takes one value"));
        }
        Self::new(field, op, values)
    }

    fn new(field: &str, op: &'static str, values: Vec<String>) -> Result<Self, Error> {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if field.is_empty() || field.contains("__") || !field.chars().all(legal) {
            return Err(Error::config(
                "a filter's field is letters, digits and single underscores",
            ));
        }
        if values.is_empty() {
            return Err(Error::config("a filter without a value"));
        }
        let bad = |v: &String| {
            v.trim().is_empty() || v.contains([',', ';']) || v.contains(char::is_control)
        };
        if values.iter().any(bad) {
            return Err(Error::config(
                "a filter's value is blank or holds a comma, a semicolon or a control character",
            ));
        }
        Ok(Self {
            field: field.to_owned(),
            op,
            values,
        })
    }
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Filter({}__{}, {} values)",
            self.field,
            self.op,
            self.values.len()
        )
    }
}

/// The text that goes into the query, before percent-encoding. May hold a person's name.
impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}__{}:{}", self.field, self.op, self.values.join(","))
    }
}

/// All filters of a list as one parameter.
pub(crate) fn join(filters: &[Filter]) -> Option<String> {
    let parts: Vec<_> = filters.iter().map(Filter::to_string).collect();
    (!parts.is_empty()).then(|| parts.join(";"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_can_be_built_reads_back_as_what_was_meant(
            field in "[a-z]{1,8}(_[a-z0-9]{1,4})?",
            values in prop::collection::vec(".{1,12}", 1..4),
        ) {
            if let Ok(filter) = Filter::eq(&field, values.clone()) {
                let text = join(&[filter.clone(), filter]).unwrap();
                let parts: Vec<_> = text.split(';').collect();
                prop_assert_eq!(parts.len(), 2);
                let (name, rest) = parts[0].split_once("__eq:").unwrap();
                prop_assert_eq!(name, field);
                prop_assert_eq!(rest.split(',').collect::<Vec<_>>(), values);
            } else {
                let odd = |v: &String| v.trim().is_empty() || v.contains(|c: char| ",;".contains(c) || c.is_control());
                prop_assert!(values.iter().any(odd));
            }
        }
    }

    #[test]
    fn wrong_filters_cannot_be_built() {
        assert!(Filter::eq("", "x").is_err());
        assert!(Filter::eq("na__me", "x").is_err());
        assert!(Filter::eq("name:", "x").is_err());
        assert!(Filter::eq("name", "").is_err());
        assert!(Filter::eq("name", Vec::<String>::new()).is_err());
        assert!(Filter::gt("occurred", ["a", "b"]).is_err());
        assert!(Filter::exact("name", "x").is_err());
        assert!(Filter::exact("cf_3301", "x").is_ok());
    }
}
