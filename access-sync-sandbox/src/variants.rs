/// Where the vendors' documentation and their traffic disagree, or documentation allows several
/// spellings: which one is served. The default is what is likeliest met today.
///
/// ```
/// use access_sync_sandbox::{Sandbox, Variants};
///
/// let mut variants = Variants::default();
/// variants.entrata_collapsed_arrays = true;
/// variants.brivo_created_201 = true;
/// let sandbox = Sandbox::builder().variants(variants).unlistened();
/// sandbox.set_variants(Variants::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Variants {
    /// Brivo: creations answer 201, as recorded in 2017, instead of the documented 200.
    pub brivo_created_201: bool,
    /// Brivo: `userImage` is an array of one, as in the documentation's example, instead of the
    /// object of its table.
    pub brivo_user_image_array: bool,
    /// Brivo: all instants carry milliseconds, as events do; the documentation says "no
    /// milliseconds".
    pub brivo_dates_with_millis: bool,
    /// Brivo: the authorization code comes back by a POST to the redirect URI, as documented,
    /// instead of the GET that everybody meets.
    pub brivo_redirect_by_post: bool,
    /// Brivo: `GET /accounts/{id}` is wrapped in `data`, as in the documentation's example.
    pub brivo_account_wrapped: bool,
    /// Brivo: bad passwords and codes answer 400, as is usual, instead of the documented 401.
    pub brivo_invalid_grant_400: bool,
    /// Brivo: field values of a user's credentials call their id `id`, as in live traffic, instead
    /// of `credentialFieldId`.
    pub brivo_field_id_short: bool,
    /// Entrata: lists of one element come as that element alone, empty ones as `""`.
    pub entrata_collapsed_arrays: bool,
    /// Entrata: an empty answer is an empty list instead of a sentence.
    pub entrata_empty_lists: bool,
    /// Entrata: getLeases r2 writes `YYYY-MM-DD` instead of `MM/DD/YYYY`.
    pub entrata_iso_dates: bool,
    /// Entrata: unassigned dates come as `""` instead of being left out.
    pub entrata_blank_dates: bool,
    /// Entrata: the pick list comes without `@attributes`.
    pub entrata_without_attributes: bool,
    /// Nexudus: what lists leave unfilled is missing instead of null.
    pub nexudus_lists_omit: bool,
    /// Nexudus: `…Local` times carry no suffix instead of the lying `Z`.
    pub nexudus_local_without_suffix: bool,
    /// Nexudus: bad log-ins answer 401 instead of 400.
    pub nexudus_invalid_grant_401: bool,
    /// Nexudus: `dir=1` sorts upwards, as on the older pages of the documentation.
    pub nexudus_dir_1_ascending: bool,
}

impl Variants {
    /// The names of all variants, as the control API and scenario files spell them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let mut all = Self::default();
        let names: Vec<&'static str> = all.fields().into_iter().map(|(name, _)| name).collect();
        names.into_iter()
    }

    /// Whether a variant is served; `None` where there is no such name.
    pub fn get(&self, name: &str) -> Option<bool> {
        let mut copy = *self;
        let mut fields = copy.fields().into_iter();
        fields.find(|(known, _)| *known == name).map(|(_, on)| *on)
    }

    /// Sets a variant by its name; false where there is none.
    pub fn set(&mut self, name: &str, on: bool) -> bool {
        match self.fields().into_iter().find(|(known, _)| *known == name) {
            Some((_, field)) => {
                *field = on;
                true
            }
            None => false,
        }
    }

    /// Whether a result of Entrata's is changed after it was written.
    pub(crate) fn vary_results(self) -> bool {
        self.entrata_collapsed_arrays || self.entrata_empty_lists || self.entrata_without_attributes
    }

    fn fields(&mut self) -> [(&'static str, &mut bool); 16] {
        [
            ("brivo_created_201", &mut self.brivo_created_201),
            ("brivo_user_image_array", &mut self.brivo_user_image_array),
            ("brivo_dates_with_millis", &mut self.brivo_dates_with_millis),
            ("brivo_redirect_by_post", &mut self.brivo_redirect_by_post),
            ("brivo_account_wrapped", &mut self.brivo_account_wrapped),
            ("brivo_invalid_grant_400", &mut self.brivo_invalid_grant_400),
            ("brivo_field_id_short", &mut self.brivo_field_id_short),
            (
                "entrata_collapsed_arrays",
                &mut self.entrata_collapsed_arrays,
            ),
            ("entrata_empty_lists", &mut self.entrata_empty_lists),
            ("entrata_iso_dates", &mut self.entrata_iso_dates),
            ("entrata_blank_dates", &mut self.entrata_blank_dates),
            (
                "entrata_without_attributes",
                &mut self.entrata_without_attributes,
            ),
            ("nexudus_lists_omit", &mut self.nexudus_lists_omit),
            (
                "nexudus_local_without_suffix",
                &mut self.nexudus_local_without_suffix,
            ),
            (
                "nexudus_invalid_grant_401",
                &mut self.nexudus_invalid_grant_401,
            ),
            ("nexudus_dir_1_ascending", &mut self.nexudus_dir_1_ascending),
        ]
    }
}
