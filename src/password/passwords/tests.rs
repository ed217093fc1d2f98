mod costs;
mod rehash;

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use super::*;

fn limits(queue: usize) -> LaneLimits {
    LaneLimits { width: 1, queue, patience: std::time::Duration::from_secs(10) }
}

const PASSWORD: &str = "correct horse";

// Each is PASSWORD, made by argon2-cffi, by bcrypt for Python, or by hashlib.
const ARGON2ID: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$WSYaCniE35LgMC861etJkzreaLAHfRyCvDTHu5qnYDY";
const ARGON2ID_SMALL: &str =
    "$argon2id$v=19$m=64,t=3,p=2$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE";
const ARGON2I: &str = "$argon2i$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$9Z4z6iAdp16RLCvWrgcSaX1gQL5YDoY4KHno0EPO2g4";
const BCRYPT_4: &str = "$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK";
const BCRYPT_5: &str = "$2b$05$/lW7hzEO27oUnZLXXhYqT.opvXVy.lXxVPeq1Lc06nj1gI.nEsfMq";
const SCRYPT: &str = "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs";
const PBKDF2: &str = "$pbkdf2-sha256$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M";
const SHA256: &str = "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0+uvxqB7szo=";

/// Passwords on a runtime whose blocking work is all done by one thread: the thread's list of verifications is then
/// the list of all of them.
struct Bench {
    runtime: Runtime,
    passwords: Passwords,
}

impl Bench {
    fn new(custom: Option<Verifier>, rehash: Option<Rehash>) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .thread_keep_alive(std::time::Duration::from_secs(3600))
            .build()
            .unwrap();
        Self { runtime, passwords: Passwords::new(limits(8), custom, rehash) }
    }

    fn plain() -> Self {
        Self::new(None, None)
    }

    /// One attempt, and what the verifications in it cost.
    fn attempt(&self, account: &Who, password: &str) -> (Result<(), Unverified>, Vec<Cost>) {
        let subject = Subject::from(1);
        let proof = match account {
            Who::Nobody => None,
            Who::WithoutPassword => Some(PasswordProof::None),
            Who::Verified => Some(PasswordProof::Verified),
            Who::Wrong => Some(PasswordProof::Wrong),
            Who::With(stored) => Some(PasswordProof::Stored((*stored).into())),
            Who::Salted => Some(PasswordProof::Stored(StoredPassword::salted_sha256("s4lt", SHA256))),
        };
        self.runtime.block_on(async {
            self.done().await;
            let account = proof.as_ref().map(|proof| (&subject, proof));
            let outcome = self.passwords.verify(account, &Password::new(password), || ()).await;
            let mut done = self.done().await;
            done.retain(|cost| !matches!(cost, Cost::Negligible | Cost::Custom(_)));
            done.sort_by_key(|cost| format!("{cost:?}"));
            (outcome, done)
        })
    }

    async fn done(&self) -> Vec<Cost> {
        tokio::task::spawn_blocking(|| verify::DONE.take()).await.unwrap()
    }

    fn learned(&self) -> usize {
        self.passwords.costs.read().len()
    }
}

/// Whose password is attempted.
#[derive(Clone, Copy, Debug)]
enum Who {
    Nobody,
    WithoutPassword,
    Verified,
    Wrong,
    With(&'static str),
    Salted,
}

fn costs(stored: &[&str]) -> Vec<Cost> {
    let mut costs: Vec<_> = stored.iter().map(|stored| verify::cost(&(*stored).into(), None)).collect();
    costs.sort_by_key(|cost| format!("{cost:?}"));
    costs
}

fn over_long() -> String {
    "a".repeat(5000)
}
