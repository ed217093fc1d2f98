"""A Spring Boot API: passwords as its DelegatingPasswordEncoder stores them, an RSA pair as DER, and RS256 tokens.

make.sh puts the rows through PostgreSQL and dumps them.
"""
import subprocess
from pathlib import Path

import bcrypt
import jwt
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.serialization import load_der_private_key

openssl = lambda *arguments: subprocess.run(["openssl", *arguments], check=True, capture_output=True)
openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-outform", "DER", "-out", "private_key.der")
openssl("pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-in", "private_key.der", "-outform", "DER", "-out", "private_key.p8")
Path("private_key.p8").rename("private_key.der")
openssl("pkey", "-inform", "DER", "-in", "private_key.der", "-pubout", "-outform", "DER", "-out", "public_key.der")

# The parameters of BCryptPasswordEncoder, and of Argon2PasswordEncoder.defaultsForSpringSecurity_v5_8().
blowfish = lambda password: bcrypt.hashpw(password.encode(), bcrypt.gensalt(10, prefix=b"2a")).decode()
argon2id = PasswordHasher(time_cost=2, memory_cost=16384, parallelism=1, hash_len=32, salt_len=16).hash
rows = [
    (1, "TestUser", "{bcrypt}" + blowfish("correct horse"), True),
    (2, "alan", "{argon2@SpringSecurity_v5_8}" + argon2id("pass:wörd"), True),
    (3, "plain", argon2id("correct horse"), True),
    (4, "barred", "{bcrypt}" + blowfish("correct horse"), False),
]
print("CREATE TABLE users (id bigint PRIMARY KEY, username varchar(50) UNIQUE NOT NULL,")
print("    password varchar(200) NOT NULL, enabled boolean NOT NULL);")
for number, username, password, enabled in rows:
    print(f"INSERT INTO users VALUES ({number}, '{username}', '{password}', {enabled});")

key = load_der_private_key(Path("private_key.der").read_bytes(), None)
claims = {"sub": "1", "iss": "NomicGameManager.Api", "exp": 1699999990 + 7200, "iat": 1699999990}
Path("token.jwt").write_text(jwt.encode(claims, key, "RS256") + "\n")
