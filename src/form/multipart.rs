//! `multipart/form-data`, RFC 7578, by multer; a file is not a credential.

use bytes::Bytes;
use http_body_util::{BodyDataStream, Full};
use multer::Multipart;

use crate::dialect::{Form, Refusal};

/// Parts that a login form may have.
const PARTS: usize = 100;

pub(super) async fn parse(bytes: Bytes, boundary: String) -> Result<Form, Refusal> {
    fill(bytes, boundary).await.ok_or(Refusal::Malformed("The request body is not a well-formed multipart form"))
}

async fn fill(bytes: Bytes, boundary: String) -> Option<Form> {
    let mut form = Form::default();
    let mut parts = Multipart::new(BodyDataStream::new(Full::new(bytes)), boundary);
    for _ in 0..=PARTS {
        let Some(part) = parts.next_field().await.ok()? else {
            return Some(form);
        };
        let name = part.name()?.to_owned();
        let is_file = part.file_name().is_some();
        let value = part.bytes().await.ok()?;
        match is_file {
            true => form.add_other(name),
            false => form.add_text(name, std::str::from_utf8(&value).ok()?),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::FormError;

    fn read(body: impl Into<Bytes>) -> Option<Form> {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(fill(body.into(), "B".into()))
    }

    fn part(head: &str, value: &str) -> String {
        format!("--B\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n")
    }

    #[test]
    fn texts_and_files() {
        let body =
            part("name=\"username\"", "duane15") + &part("name=\"password\"; filename=\"p.txt\"", "x") + "--B--\r\n";
        let form = read(body).unwrap();
        assert_eq!(form.text("username"), Ok(Some("duane15")));
        assert_eq!(form.text("password"), Err(FormError::NotText));
    }

    #[test]
    fn s35_what_is_not_well_formed_is_refused() {
        for body in [
            String::new(),
            "--B".into(),
            part("name=\"a\"", "x"),
            "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx".into(),
            (part("name=\"a\"", "x") + "--B--\r\n").replace("\r\n", "\n"),
            part("nam=\"a\"", "x") + "--B--\r\n",
            "--B\r\n\r\nx\r\n--B--\r\n".into(),
            "--C\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--C--\r\n".into(),
            part("name=\"a\"", "x").repeat(101) + "--B--\r\n",
        ] {
            assert!(read(body.clone()).is_none(), "{body:?}");
        }
        let mut bytes = part("name=\"a\"", "x").into_bytes();
        bytes.iter_mut().filter(|byte| **byte == b'x').for_each(|byte| *byte = 0xff);
        bytes.extend(b"--B--\r\n");
        assert!(read(bytes).is_none());
        assert!(read(part("name=\"a\"", "x").repeat(100) + "--B--\r\n").is_some());
    }

    proptest! {
        #[test]
        fn never_panics(middle in "(--B|\r\n|Content-Disposition: form-data; name=\"a\"|\\PC{0,8}){0,12}") {
            let _ = read(format!("--B\r\n{middle}\r\n--B--\r\n"));
        }
    }
}
