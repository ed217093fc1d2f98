
/// Whether it is the change that is asked about, which `MUTANT` numbers. Without one, `REACHED` names a file for the numbers
/// of all that a test comes by.
pub(crate) fn mutant(number: usize) -> bool {
    use std::{
        env,
        fs::OpenOptions,
        io::Write as _,
        sync::{
            LazyLock,
            atomic::{AtomicBool, Ordering::Relaxed},
        },
    };

    static CHOSEN: LazyLock<usize> =
        LazyLock::new(|| env::var("MUTANT").ok().and_then(|number| number.parse().ok()).unwrap_or(0));
    static REACHED: LazyLock<Option<std::ffi::OsString>> = LazyLock::new(|| env::var_os("REACHED"));
    static SEEN: [AtomicBool; 1 << 14] = [const { AtomicBool::new(false) }; 1 << 14];

    if let Some(path) = &*REACHED
        && !SEEN[number].swap(true, Relaxed)
    {
        let mut file = OpenOptions::new().append(true).create(true).open(path).expect("a file of numbers");
        file.write_all(format!("{number}\n").as_bytes()).expect("a number");
    }
    *CHOSEN == number
}

/// For what a `+` may be taken.
impl std::ops::Sub<std::time::Duration> for crate::Timestamp {
    type Output = Self;

    fn sub(self, length: std::time::Duration) -> Self {
        let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        Self::from_unix_millis(self.unix_millis().saturating_sub(millis))
    }
}
