//! `Claimant`: who shows a password, as far as guesses are counted together.

use crate::{ClientAddr, Subject, client_addr::ClientNetwork};

/// Who a password is shown for, and from which network, where clients have addresses.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Claimant {
    whose: Whose,
    network: Option<ClientNetwork>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Whose {
    Account(Subject),
    /// To the letter: another spelling may be another account, which is the directory's to say.
    Name(String),
}

impl Claimant {
    /// Of an account, by whichever name.
    pub(crate) fn account(id: &Subject, client: Option<ClientAddr>) -> Self {
        Self::new(Whose::Account(id.clone()), client)
    }

    /// Of a name as it was typed, whoever has it.
    pub(crate) fn name(typed: &str, client: Option<ClientAddr>) -> Self {
        Self::new(Whose::Name(typed.to_owned()), client)
    }

    fn new(whose: Whose, client: Option<ClientAddr>) -> Self {
        Self { whose, network: client.map(ClientAddr::network) }
    }

    /// The bytes that it holds besides its own.
    pub(super) fn bytes(&self) -> usize {
        match &self.whose {
            Whose::Account(id) => id.as_str().map_or(0, str::len),
            Whose::Name(typed) => typed.len(),
        }
    }
}
