//! Random histories against a simple model.

use super::*;

/// The rules of the trait, written down once more and without regard to speed or room.
#[derive(Default)]
struct Model {
    now: u64,
    /// By the name of a token.
    tokens: HashMap<String, ModelToken>,
    revoked_families: Vec<String>,
}

#[derive(Clone, Default)]
struct ModelToken {
    family: String,
    /// The first successor, when it was signed, and when the grace ends.
    rotated: Option<(String, u64, u64)>,
    revoked: bool,
}

impl Model {
    fn token(&self, name: &str) -> ModelToken {
        let login = ModelToken { family: name.to_owned(), ..ModelToken::default() };
        self.tokens.get(name).cloned().unwrap_or(login)
    }

    fn is_revoked(&self, name: &str) -> bool {
        let token = self.token(name);
        let known = self.tokens.contains_key(name);
        token.revoked
            || known && self.revoked_families.contains(&token.family)
            || token.rotated.is_some_and(|(_, _, grace_ends)| self.now >= grace_ends)
    }

    fn rotate(&mut self, name: &str, successor_name: &str, grace: u64) -> Rotated {
        let mut token = self.token(name);
        if token.revoked {
            return Rotated::Revoked;
        }
        let family_revoked = self.revoked_families.contains(&token.family);
        match &token.rotated {
            Some((_, _, grace_ends)) if self.now >= *grace_ends => {
                self.revoked_families.push(token.family);
                Rotated::Reuse
            }
            _ if family_revoked => Rotated::Revoked,
            Some((first, signed_at, _)) => Rotated::Replay(successor(first, at(*signed_at))),
            None => {
                let newest = ModelToken { family: token.family.clone(), ..ModelToken::default() };
                self.tokens.insert(successor_name.to_owned(), newest);
                token.rotated = Some((successor_name.to_owned(), self.now, self.now + grace));
                self.tokens.insert(name.to_owned(), token);
                Rotated::Fresh
            }
        }
    }

    fn revoke(&mut self, name: &str) {
        let token = ModelToken { revoked: true, ..self.token(name) };
        self.tokens.insert(name.to_owned(), token);
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Refresh one of the tokens issued so far.
    Rotate(proptest::sample::Index),
    Revoke(proptest::sample::Index),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => any::<proptest::sample::Index>().prop_map(Step::Rotate),
        1 => any::<proptest::sample::Index>().prop_map(Step::Revoke),
        3 => prop_oneof![Just(1), Just(GRACE / 2), Just(GRACE - 1), Just(GRACE), 0..3 * GRACE].prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_history_is_as_the_rules_say(
        steps in steps(),
        grace in prop_oneof![Just(0), Just(1), Just(GRACE)],
        capacity in prop_oneof![Just(6_usize), Just(20), Just(10_000)],
    ) {
        let sessions = MemorySessions::with_capacity(capacity);
        let mut model = Model::default();
        let mut names: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        for (number, step) in steps.iter().enumerate() {
            let full = sessions.len() + 2 > capacity;
            match step {
                Step::Wait(millis) => model.now += millis,
                Step::Revoke(index) => {
                    let name = index.get(&names);
                    match answer(sessions.revoke(key(name), LATE, at(model.now))) {
                        Ok(()) => model.revoke(name),
                        Err(_) => prop_assert!(full),
                    }
                }
                Step::Rotate(index) => {
                    let (name, next) = (index.get(&names).clone(), format!("s{number}"));
                    let now = at(model.now);
                    let asked = Rotation { grace_ends: at(model.now + grace), ..rotation(&name, &next, now) };
                    match answer(sessions.rotate(asked)) {
                        Err(_) => prop_assert!(full),
                        Ok(rotated) => {
                            prop_assert_eq!(&rotated, &model.rotate(&name, &next, grace), "{} at {:?}", name, now);
                            if rotated == Rotated::Fresh {
                                names.push(next);
                            }
                        }
                    }
                }
            }
            prop_assert!(sessions.len() <= capacity);
            for name in &names {
                let revoked = sessions.is_revoked(&key(name), at(model.now));
                prop_assert_eq!(revoked, model.is_revoked(name), "{} at {}", name, model.now);
            }
        }
    }
}
