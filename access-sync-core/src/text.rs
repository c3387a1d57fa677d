//! The text behind every id: up to 23 bytes stored in place, longer text shared.
//!
//! Planning copies each id a few times. An id that lives in place is copied without touching the
//! heap or an atomic counter, and is compared without following a pointer.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

/// The longest text that is stored in place.
const INLINE: usize = 23;

/// Text in place, three whole words: copied as such, where a byte for the length and another for
/// the kind of text would make odd pieces that the processor has to wait for.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C, align(8))]
pub(crate) struct Inline {
    /// What lies beyond the length is zero.
    bytes: [u8; INLINE],
    len: Len,
}

macro_rules! lengths {
    ($($name:ident)*) => {
        /// The length of a text in place. A number would do, but that the values which it cannot
        /// have are where [`Repr`] keeps what kind of text it is.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        enum Len { $($name,)* }

        impl Len {
            const ALL: [Self; INLINE + 1] = [$(Self::$name,)*];
        }
    };
}
lengths!(L0 L1 L2 L3 L4 L5 L6 L7 L8 L9 L10 L11 L12 L13 L14 L15 L16 L17 L18 L19 L20 L21 L22 L23);

#[derive(Clone)]
enum Repr {
    Inline(Inline),
    Shared(Arc<str>),
}

/// Immutable text that is cheap to clone.
#[derive(Clone)]
pub(crate) struct Text(Repr);

impl Text {
    fn inline(text: &str) -> Option<Self> {
        let len = *Len::ALL.get(text.len())?;
        let mut bytes = [0; INLINE];
        bytes
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        Some(Self(Repr::Inline(Inline { bytes, len })))
    }

    #[inline]
    pub(crate) fn as_ref(&self) -> TextRef<'_> {
        match &self.0 {
            Repr::Inline(text) => TextRef::Inline(text),
            Repr::Shared(text) => TextRef::Shared(text),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.as_ref().as_bytes()
    }

    pub(crate) fn as_str(&self) -> &str {
        match &self.0 {
            // The bytes were copied from a `str` and never change, so the fallback is not reached.
            Repr::Inline(_) => core::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Repr::Shared(text) => text,
        }
    }
}

/// A text where it lies.
#[derive(Clone, Copy)]
pub(crate) enum TextRef<'a> {
    Inline(&'a Inline),
    Shared(&'a Arc<str>),
}

impl<'a> TextRef<'a> {
    pub(crate) fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Inline(Inline { bytes, len }) => bytes.get(..*len as usize).unwrap_or_default(),
            Self::Shared(text) => text.as_bytes(),
        }
    }

    /// A byte of what is in place, read to have it near.
    pub(crate) fn touch(self) -> u8 {
        match self {
            Self::Inline(Inline { bytes, .. }) => bytes.last().copied().unwrap_or_default(),
            Self::Shared(text) => text.as_bytes().first().copied().unwrap_or_default(),
        }
    }

    /// The eight bytes after `skip` as a number that sorts as they do; short text is padded with
    /// zeros, so equal keys still need a full comparison.
    pub(crate) fn sort_key(self, skip: usize) -> u64 {
        let bytes = match self {
            Self::Inline(Inline { bytes, .. }) => bytes.as_slice(),
            Self::Shared(text) => text.as_bytes(),
        };
        let rest = bytes.get(skip..).unwrap_or_default();
        if let Some(head) = rest.first_chunk::<8>() {
            return u64::from_be_bytes(*head);
        }
        let mut head = [0; 8];
        for (to, from) in head.iter_mut().zip(rest) {
            *to = *from;
        }
        u64::from_be_bytes(head)
    }
}

/// What many texts begin with, so that they need not be sorted by it.
#[derive(Debug, Default)]
pub(crate) struct Prefix {
    /// At most as long as leaves eight bytes of a text in place.
    bytes: Vec<u8>,
    /// The same as the first two words of a text in place, and which bits of them count.
    words: [u64; 2],
    masks: [u64; 2],
}

impl Prefix {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let bytes: Vec<u8> = bytes.iter().copied().take(INLINE - 8).collect();
        let (mut text, mut mask) = ([0; INLINE], [0; INLINE]);
        for ((to, mask), from) in text.iter_mut().zip(&mut mask).zip(&bytes) {
            (*to, *mask) = (*from, u8::MAX);
        }
        let ([a, b, _], [x, y, _]) = (words(&text), words(&mask));
        Self {
            bytes,
            words: [a, b],
            masks: [x, y],
        }
    }

    /// Eight bytes of a text as a number that sorts as texts do, but for ties: those after the
    /// prefix, or all before or all after every text that has it.
    #[inline]
    pub(crate) fn key(&self, text: TextRef<'_>) -> u64 {
        if let TextRef::Inline(Inline { bytes, .. }) = text {
            let ([a, b, _], [x, y]) = (words(bytes), self.masks);
            if [a & x, b & y] == self.words {
                return text.sort_key(self.bytes.len());
            }
        }
        self.any_key(text)
    }

    fn any_key(&self, text: TextRef<'_>) -> u64 {
        let bytes = text.as_bytes();
        if bytes.starts_with(&self.bytes) {
            text.sort_key(self.bytes.len())
        } else if bytes < self.bytes.as_slice() {
            u64::MIN
        } else {
            u64::MAX
        }
    }
}

impl From<Inline> for Text {
    #[inline]
    fn from(text: Inline) -> Self {
        Self(Repr::Inline(text))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::inline(text).unwrap_or_else(|| Self(Repr::Shared(Arc::from(text))))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::inline(&text).unwrap_or_else(|| Self(Repr::Shared(Arc::from(text))))
    }
}

impl From<Arc<str>> for Text {
    fn from(text: Arc<str>) -> Self {
        Self::inline(&text).unwrap_or(Self(Repr::Shared(text)))
    }
}

impl core::fmt::Debug for Inline {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(&Text::from(*self), f)
    }
}

impl core::fmt::Debug for Text {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_ref().cmp(&other.as_ref())
    }
}

impl PartialEq for TextRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inline(a), Self::Inline(b)) => a == b,
            // Short text is always in place, so the two forms never hold the same text.
            (Self::Shared(a), Self::Shared(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

impl Eq for TextRef<'_> {}

impl PartialOrd for TextRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TextRef<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            // What follows a text in place is zero, so texts that are equal up to there differ in
            // length alone.
            (Self::Inline(a), Self::Inline(b)) => {
                let ([a1, a2, a3], [b1, b2, b3]) = (words(&a.bytes), words(&b.bytes));
                (a1, a2, a3, a.len).cmp(&(b1, b2, b3, b.len))
            }
            _ => self.as_bytes().cmp(other.as_bytes()),
        }
    }
}

/// Bytes as numbers that sort as they do. The last two overlap.
fn words(bytes: &[u8; INLINE]) -> [u64; 3] {
    let word = |chunk: Option<&[u8; 8]>| chunk.map_or(0, |chunk| u64::from_be_bytes(*chunk));
    let (first, rest) = bytes.split_first_chunk::<8>().unzip();
    [
        word(first),
        word(rest.and_then(|rest| rest.first_chunk())),
        word(bytes.last_chunk()),
    ]
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As `str` hashes, because ids borrow as `str`.
        self.as_str().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_text_is_three_words_and_so_is_one_that_may_be_missing() {
        assert_eq!(size_of::<Text>(), 24);
        assert_eq!(size_of::<Option<Text>>(), 24);
    }

    #[test]
    fn text_of_any_length_reads_back_and_sorts_as_str() {
        let words: Vec<String> = ["", "a", "a\0", "ab", "é", "zz"]
            .iter()
            .map(|w| String::from(*w))
            .chain((15..30).map(|n| "x".repeat(n)))
            .chain((15..30).map(|n| format!("{}é", "x".repeat(n))))
            .collect();
        for a in &words {
            assert_eq!(Text::from(a.as_str()).as_str(), a);
            for (b, prefix) in words.iter().zip(words.iter().rev()) {
                let prefix = Prefix::new(prefix.as_bytes());
                let (s, t) = (Text::from(a.as_str()), Text::from(b.as_str()));
                if prefix.key(s.as_ref()) < prefix.key(t.as_ref()) {
                    assert!(a < b, "{a} {b} {prefix:?}");
                }
                assert_eq!(prefix.key(s.as_ref()), prefix.any_key(s.as_ref()));
            }
            for b in &words {
                let (s, t) = (Text::from(a.as_str()), Text::from(b.clone()));
                assert_eq!(s.cmp(&t), a.cmp(b), "{a} {b}");
                assert_eq!(s == t, a == b);
                if s.as_ref().sort_key(0) < t.as_ref().sort_key(0) {
                    assert!(a < b);
                }
            }
        }
    }
}
