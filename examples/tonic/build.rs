//! Compiles the service by `protox`, which is Rust: neither `protoc` nor the network is needed.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = protox::compile(["whoami.proto"], ["proto"])?;
    tonic_prost_build::compile_fds(files)?;
    Ok(())
}
