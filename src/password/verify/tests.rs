//! Vectors made by others: argon2-cffi 25.1 (the reference C code), bcrypt 5.0 for Python, PHP 8.2's `password_hash`,
//! passlib 1.7 and Python's `hashlib` (OpenSSL). None was made by the code under test.

mod anything;
mod costs;
mod forms;
mod whole;

use password_hash::Error;
use proptest::prelude::*;

use super::*;

const PASSWORD: &str = "correct horse";
const UNICODE: &str = "pässwörd 密码 🔑";

/// Stored forms of [`PASSWORD`], cheap ones, which the tests below may verify many times.
const CHEAP: &[(&str, &str)] = &[
    (
        "argon2id by argon2-cffi",
        "$argon2id$v=19$m=64,t=3,p=2$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
    ),
    (
        "argon2id by PHP",
        "$argon2id$v=19$m=64,t=2,p=1$NTQxQkdxd3RqMk13cXZndw$bUeRLgSPot//n7Gq18yOeKUma53/300uvLx2hPX5ERY",
    ),
    (
        "argon2id with 64 bytes",
        "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$UcjMszZt4+8/yWpZU0sA8JVBeF2B0NajyxVCBpye2CeuSq39rc3eRm6APIP+Wz1LRHFo9w1FXkcqCIOoEs4lhw",
    ),
    ("argon2id with 16 bytes", "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$XJ3Bz2VLIpraPNt3hgnH/w"),
    (
        "argon2id version 1.0",
        "$argon2id$v=16$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$kcaxvAbHWG6YgDwCEV4Jrldid2xj6bdKUL5PPnSWlGs",
    ),
    (
        "argon2i by argon2-cffi",
        "$argon2i$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$9Z4z6iAdp16RLCvWrgcSaX1gQL5YDoY4KHno0EPO2g4",
    ),
    ("argon2i by PHP", "$argon2i$v=19$m=64,t=2,p=1$Z1NJeHByNWU1dXJhMWpURg$LZEhkswUvQC9x/cEyAu1hy+5ZSW6DwPXwynV1WPWd40"),
    (
        "argon2d by argon2-cffi",
        "$argon2d$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$LmFg69OZeyHBxEUa1R5skTkupIKz81nzXcjNDQoHqPM",
    ),
    (
        "argon2id as Spring stores it",
        "{argon2}$argon2id$v=19$m=64,t=3,p=2$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
    ),
    (
        "argon2id as newer Spring stores it",
        "{argon2@SpringSecurity_v5_8}$argon2id$v=19$m=64,t=3,p=2$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
    ),
    ("bcrypt 2a by Python", "$2a$04$noMNHVuHWI7TXm5lM8ZdC.NC6s4p381CtlglgTSMkoALBOa3EM5qa"),
    ("bcrypt 2b by Python", "$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK"),
    ("bcrypt 2b of another cost", "$2b$05$/lW7hzEO27oUnZLXXhYqT.opvXVy.lXxVPeq1Lc06nj1gI.nEsfMq"),
    ("bcrypt 2y by PHP", "$2y$04$O2L8TSeup8PbV1lzEWW9qOb9bT3IeNpiSgDxwLcm6Wue7fclx3MfS"),
    ("bcrypt 2y by PHP's crypt", "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
    ("bcrypt 2a as Spring stores it", "{bcrypt}$2a$04$noMNHVuHWI7TXm5lM8ZdC.NC6s4p381CtlglgTSMkoALBOa3EM5qa"),
    (
        "scrypt by hashlib and passlib",
        "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs",
    ),
    (
        "scrypt of other parameters, with + and / in its salt",
        "$scrypt$ln=5,r=4,p=2$+//+IHNhbHRTQUxUc2FsdCE$ArbB7nys91iUke6zHOMDQq0GZKvGlvqdPltq+9dWPQ4",
    ),
    (
        "scrypt with 64 bytes",
        "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAu6K3G1ozpLTgzevPHz0lWzsNxrrtIBvC8ct1ksB90How",
    ),
    ("pbkdf2-sha256", "$pbkdf2-sha256$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M"),
    (
        "pbkdf2-sha256 that states its length",
        "$pbkdf2-sha256$i=1000,l=32$+//+IHNhbHRTQUxUc2FsdCE$jF9H9WknvCE2EteYber0/pzLp849lUZPQhf1iwj6bMU",
    ),
    (
        "pbkdf2-sha256 with 64 bytes",
        "$pbkdf2-sha256$i=1000,l=64$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8PsQjEjPdR7JmrZJXQefysc8dA0uyIjv9bXt4CZ1brGRQ",
    ),
    (
        "pbkdf2-sha512 with 32 bytes",
        "$pbkdf2-sha512$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$eIGMi+UqDswIbd31dNfOt/Ef/Dp4lJ3j3OqjlFeJWu4",
    ),
    (
        "pbkdf2-sha512 with its own 64 bytes",
        "$pbkdf2-sha512$i=1000,l=64$AQIDBAUGBwgJCgsMDQ4PEA$eIGMi+UqDswIbd31dNfOt/Ef/Dp4lJ3j3OqjlFeJWu75VMjKI1vX4xv9hmkwjYCpfvyG3tdytQqwPK/yPKxncA",
    ),
];

/// Stored forms of [`PASSWORD`] that take a while.
const DEAR: &[(&str, &str)] = &[
    (
        "argon2id with the parameters of new hashes",
        "$argon2id$v=19$m=19456,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$WSYaCniE35LgMC861etJkzreaLAHfRyCvDTHu5qnYDY",
    ),
    (
        "argon2id with Spring's parameters",
        "$argon2id$v=19$m=16384,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$ab+ISGQNSW96gQqmjcCVtv6pUJIHYuCuQv9Ep89LZPg",
    ),
    (
        "argon2id with argon2-cffi's parameters",
        "$argon2id$v=19$m=65536,t=3,p=4$76fdRdOFH/w2BRT8Qt3R7w$fRGkHDxYZCF07pOdr/QG9fukcufURG2ue2TXBdYMZZc",
    ),
];

/// One of each kind, for what is slow to go through in full.
fn kinds() -> Vec<StoredPassword> {
    let mut kinds: Vec<StoredPassword> = [0, 5, 7, 10, 11, 13, 16, 19, 22].map(|row| CHEAP[row].1.into()).into();
    kinds.push(salted());
    kinds
}

/// `base64(SHA-256("s4lt" + PASSWORD))`, by hashlib.
fn salted() -> StoredPassword {
    StoredPassword::salted_sha256("s4lt", "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0+uvxqB7szo=")
}

fn check(stored: &StoredPassword, password: &str) -> Option<bool> {
    verify(stored, password, None)
}
