//! Any bytes as a timeline document.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    access_sync_fuzz::check(bytes);
});
