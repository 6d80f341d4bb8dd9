//! A short name for the content of a file.

/// Hash of a file's bytes (FNV-1a, 64 bit), hexadecimal: to see whether two twins come from the same file.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_values() {
        // Test vectors of the authors of FNV.
        assert_eq!(super::fingerprint(b""), "cbf29ce484222325");
        assert_eq!(super::fingerprint(b"foobar"), "85944171f73967e8");
    }
}
