//! `jti`: a name that no other token has.

const TOKEN_ID_LENGTH: usize = 16;

/// 16 random alphanumerics, 95 bits: what the contract `tokens` has as `jti`.
pub(crate) fn token_id() -> Option<String> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // Bytes beyond the last whole multiple of 62 are thrown away, so that every character is as likely.
    const FAIR: u8 = 248;
    let mut id = String::with_capacity(TOKEN_ID_LENGTH);
    while id.len() < TOKEN_ID_LENGTH {
        let mut bytes = [0; TOKEN_ID_LENGTH];
        getrandom::fill(&mut bytes).ok()?;
        let fair = bytes.into_iter().filter(|byte| *byte < FAIR);
        let letters = fair.filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
        id.extend(letters.take(TOKEN_ID_LENGTH - id.len()).map(|letter| char::from(*letter)));
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s41_token_ids_are_sixteen_alphanumerics_and_differ() {
        let ids: std::collections::HashSet<String> = (0..1000).filter_map(|_| token_id()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())));
        let letters: std::collections::HashSet<char> = ids.iter().flat_map(|id| id.chars()).collect();
        assert_eq!(letters.len(), 62, "each of them occurs");
    }

    #[test]
    fn s41_every_letter_of_a_token_id_is_as_likely() {
        let mut counts = std::collections::HashMap::<char, u32>::new();
        for id in (0..20_000).filter_map(|_| token_id()) {
            id.chars().for_each(|letter| *counts.entry(letter).or_default() += 1);
        }
        // 5 161 each: a tenth is seven deviations.
        assert!(counts.len() == 62 && counts.values().all(|count| (4_645..5_677).contains(count)), "{counts:?}");
    }
}
