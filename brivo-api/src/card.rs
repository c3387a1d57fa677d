//! The 26-bit card, worked out by hand.

use access_sync_http::Error;

/// A standard 26-bit Wiegand card (format 100): facility code and card number.
///
/// ```
/// use brivo_api::Card26;
///
/// let card = Card26::new(118, 40713);
/// assert_eq!(card.encoded(), "2ed3e13");
/// assert_eq!(Card26::decode("2ed3e13")?, card);
/// # Ok::<(), brivo_api::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Card26 {
    facility: u8,
    number: u16,
}

impl Card26 {
    /// The card of this facility code and number.
    #[must_use]
    pub const fn new(facility: u8, number: u16) -> Self {
        Self { facility, number }
    }

    /// The facility code.
    #[must_use]
    pub const fn facility(self) -> u8 {
        self.facility
    }

    /// The card number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.number
    }

    /// As Brivo's `encodedCredential`: lowercase hex without leading zeros of
    /// `parity | facility (8) | number (16) | parity`, even parity over the first twelve data bits
    /// and odd over the last twelve.
    #[must_use]
    pub fn encoded(self) -> String {
        format!("{:x}", self.bits())
    }

    /// Reads `encodedCredential`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where it is no hex, has more than 26 bits, or a wrong
    /// parity.
    pub fn decode(encoded: &str) -> Result<Self, Error> {
        let refused = || Error::config("not the encoding of a 26-bit card");
        // `from_str_radix` would take a sign.
        if !encoded.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refused());
        }
        let bits = u32::from_str_radix(encoded, 16).map_err(|_| refused())?;
        let [_, facility, high, low] = (bits >> 1).to_be_bytes();
        let card = Self::new(facility, u16::from_be_bytes([high, low]));
        if card.bits() == bits {
            Ok(card)
        } else {
            Err(refused())
        }
    }

    fn bits(self) -> u32 {
        let data = (u32::from(self.facility) << 16) | u32::from(self.number);
        let even = (data >> 12).count_ones() % 2;
        let odd = 1 - (data & 0xFFF).count_ones() % 2;
        (even << 25) | (data << 1) | odd
    }
}

/// A card's number lets somebody make a copy, so it is not shown.
impl std::fmt::Debug for Card26 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Card26(***)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_cards_encode_as_recorded() {
        for (facility, number, hex) in [(1, 200, "2020190"), (118, 40713, "2ed3e13"), (0, 0, "1")] {
            assert_eq!(Card26::new(facility, number).encoded(), hex);
        }
    }

    proptest! {
        #[test]
        fn every_card_reads_back_and_has_the_right_parities(facility: u8, number: u16) {
            let card = Card26::new(facility, number);
            let encoded = card.encoded();
            prop_assert_eq!(Card26::decode(&encoded).unwrap(), card);
            let bits = u32::from_str_radix(&encoded, 16).unwrap();
            prop_assert_eq!((bits >> 13).count_ones() % 2, 0, "even over the first 13");
            prop_assert_eq!((bits & 0x1FFF).count_ones() % 2, 1, "odd over the last 13");
        }

        /// The layout once more, written out in letters.
        #[test]
        fn the_bits_are_those_of_the_layout(facility: u8, number: u16) {
            let data = format!("{facility:08b}{number:016b}");
            let ones = |bits: &str| bits.matches('1').count();
            let (first, last) = data.split_at(12);
            let even = ones(first) % 2;
            let odd = 1 - ones(last) % 2;
            let bits = u32::from_str_radix(&format!("{even}{data}{odd}"), 2).unwrap();
            prop_assert_eq!(Card26::new(facility, number).encoded(), format!("{bits:x}"));
        }

        #[test]
        fn one_wrong_bit_is_noticed(facility: u8, number: u16, bit in 0_u32..26) {
            let bits = u32::from_str_radix(&Card26::new(facility, number).encoded(), 16).unwrap();
            let flipped = format!("{:x}", bits ^ (1 << bit));
            prop_assert!(Card26::decode(&flipped).is_err());
        }

        #[test]
        fn anything_else_is_refused_without_panic(text in ".{0,12}") {
            if let Ok(card) = Card26::decode(&text) {
                prop_assert_eq!(card.encoded(), text.trim_start_matches('0').to_lowercase());
            }
        }
    }
}
