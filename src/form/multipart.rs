//! `multipart/form-data`, RFC 7578, to the letter of RFC 2046; a file is not a credential.
//!
//! The grammar is that of programs that send: no preamble, no epilogue, no padding, and lines that end in CRLF. What
//! two readers could take for two different forms is refused.

use memchr::memmem::{self, Finder};

use crate::{
    dialect::{Form, Refusal},
    parameter::{is_token, is_utf8, parameters},
};

/// Parts that a login form may have.
const PARTS: usize = 100;

/// Bytes of a part's head.
const HEAD: usize = 4096;

pub(super) fn parse(bytes: &[u8], boundary: &str) -> Result<Form, Refusal> {
    fill(bytes, boundary).ok_or(Refusal::MalformedBody("The request body is not a well-formed multipart form"))
}

/// The boundary of a media type's parameters, RFC 2046 §5.1.1: 1 to 70 characters, the last of them no space.
pub(super) fn boundary(text: &str) -> Option<String> {
    let (_, boundary) = parameters(text)?.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let is_bchar = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    let is_fit = matches!(boundary.len(), 1..=70) && boundary.bytes().all(is_bchar) && !boundary.ends_with(' ');
    is_fit.then_some(boundary)
}

fn fill(body: &[u8], boundary: &str) -> Option<Form> {
    let delimiter = format!("\r\n--{boundary}");
    let finder = Finder::new(&delimiter);
    let mut form = Form::default();
    // The first one has no line before it.
    let first = delimiter.as_bytes().get(2..)?;
    let mut rest = body.strip_prefix(first)?;
    for _ in 0..=PARTS {
        if matches!(rest, b"--" | b"--\r\n") {
            return Some(form);
        }
        let part = rest.strip_prefix(b"\r\n")?;
        let (head, content) = split(part, memmem::find(part, b"\r\n\r\n").filter(|at| *at <= HEAD)?, 4)?;
        if content.starts_with(first) {
            // To some the empty line before it is the delimiter's own, and the part has no content: RFC 2046 §5.1.1.
            return None;
        }
        let (value, behind) = split(content, finder.find(content)?, delimiter.len())?;
        let Head { name, is_file } = Head::read(std::str::from_utf8(head).ok()?)?;
        match is_file {
            true => form.add_other(name),
            false => form.add_text(name, std::str::from_utf8(value).ok()?),
        }
        rest = behind;
    }
    None
}

/// What stands before `at`, and what stands behind `length` bytes from there.
fn split(bytes: &[u8], at: usize, length: usize) -> Option<(&[u8], &[u8])> {
    let (before, behind) = bytes.split_at_checked(at)?;
    Some((before, behind.get(length..)?))
}

struct Head {
    name: String,
    is_file: bool,
}

impl Head {
    /// RFC 7578 §4.2: `Content-Disposition: form-data; name="…"`, once, and with a `filename` where it is a file.
    fn read(head: &str) -> Option<Self> {
        let mut disposition = None;
        for line in head.split("\r\n") {
            let (name, value) = line.split_once(':')?;
            if !is_token(name) || value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
                return None;
            }
            if name.eq_ignore_ascii_case("content-disposition") && disposition.replace(value).is_some() {
                return None;
            }
            if name.eq_ignore_ascii_case("content-transfer-encoding") && !is_identity(value) {
                return None;
            }
            if name.eq_ignore_ascii_case("content-type") && !value.split(';').all(is_utf8) {
                return None;
            }
        }
        let disposition = disposition?;
        let (kind, rest) = disposition.split_at_checked(disposition.find(';')?)?;
        if !kind.trim_matches([' ', '\t']).eq_ignore_ascii_case("form-data") {
            return None;
        }
        if has_stray_backslash(rest) {
            return None;
        }
        let mut parameters = parameters(rest)?;
        // `filename*` and `filename*0` are its other spellings, RFC 2231.
        let is_filename = |name: &str| name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("filename"));
        let is_file = parameters.iter().any(|(name, _)| is_filename(name));
        let name = parameters.iter().position(|(name, _)| name.eq_ignore_ascii_case("name"))?;
        Some(Self { name: parameters.swap_remove(name).1, is_file })
    }
}

/// Senders quote `"` and `\` only (RFC 9110 §5.6.4); before anything else, browsers mean the backslash itself.
fn has_stray_backslash(text: &str) -> bool {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\\' && !matches!(characters.next(), Some('"' | '\\')) {
            return true;
        }
    }
    false
}

/// RFC 7578 §4.7: nobody should send one, and those that change nothing do no harm.
fn is_identity(encoding: &str) -> bool {
    ["7bit", "8bit", "binary"].iter().any(|known| encoding.trim_matches([' ', '\t']).eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::{BodyDataStream, Full};
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::FormError;

    fn read(body: impl AsRef<[u8]>) -> Option<Form> {
        fill(body.as_ref(), "B")
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
        for spelling in ["filename*", "filename*0", "FileName"] {
            let form = read(part(&format!("name=\"a\"; {spelling}=x"), "x") + "--B--").unwrap();
            assert_eq!(form.text("a"), Err(FormError::NotText), "{spelling}");
        }
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

    #[test]
    fn s35_what_two_readers_could_read_differently_is_refused() {
        let sound = part("name=\"a\"", "x") + "--B--";
        let with = |field: &str| sound.replace("Content", &format!("{field}\r\nContent"));
        assert!(read(&sound).is_some());
        assert!(read(sound.clone() + "\r\n").is_some());
        assert!(read(with("Content-Transfer-Encoding: 8bit")).is_some());
        for body in [
            format!("\r\n{sound}"),
            format!("preamble\r\n{sound}"),
            format!("{sound}\r\nepilogue"),
            format!("{sound}x"),
            sound.replacen("--B\r\n", "--B \r\n", 1),
            sound.replacen("\r\n\r\n", "\r\n\n", 1),
            with("X: a\rb"),
            with("X: a\nY: b"),
            with(" folded"),
            with("X : a"),
            with("Content-Disposition: form-data; name=\"b\""),
            with("Content-Transfer-Encoding: base64"),
            with("Content-Type: text/plain; charset=utf-16"),
            part("name=\"pass\\word\"", "x") + "--B--",
            part("name=\"a\"", "x").replace("form-data", "form-data\u{a0}") + "--B--",
            with(&format!("X: {}", "x".repeat(HEAD))),
            part("name=\"a\"; name=\"b\"", "x") + "--B--",
            part("name=\"a\" name=\"b\"", "x") + "--B--",
            part("name=\"a", "x") + "--B--",
            sound.replace("form-data;", "attachment;"),
            part("name=\"a\"", "x\r\n--Bogus") + "--B--",
            part("name=\"a\"", "--B--") + "--B--",
            part("name=\"a\"", "--Bogus") + "--B--",
        ] {
            assert!(read(&body).is_none(), "{body:?}");
        }
    }

    #[test]
    fn boundaries() {
        let longest = "b".repeat(70);
        for (text, read) in [
            (";boundary=B", Some("B")),
            ("; charset=utf-8; Boundary=\"a b\"", Some("a b")),
            (&format!(";boundary={longest}"), Some(&*longest)),
            (&format!(";boundary={longest}b"), None),
            (";boundary=\"\"", None),
            (";boundary=\"a \"", None),
            (";boundary=\"a\r\"", None),
            (";boundary=a;boundary=b", None),
            (";boundary=a b", None),
            ("", None),
        ] {
            assert_eq!(boundary(text).as_deref(), read, "{text}");
        }
    }

    /// What another reader, a lenient one, makes of it: names, and texts unless they are files.
    fn read_by_multer(body: String) -> Option<Vec<(String, Option<String>)>> {
        let stream = BodyDataStream::new(Full::new(Bytes::from(body)));
        let mut parts = multer::Multipart::new(stream, "B");
        let mut fields = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            while let Some(part) = parts.next_field().await.ok()? {
                let (name, is_file) = (part.name()?.to_owned(), part.file_name().is_some());
                let text = part.text().await.ok()?;
                fields.push((name, (!is_file).then_some(text)));
            }
            Some(fields)
        })
    }

    proptest! {
        #[test]
        fn what_is_read_here_is_read_alike_by_others(
            parts in proptest::collection::vec(("[a-z\\[\\]% é]{1,6}", "(\r\n|-|--|B|x| ){0,6}", any::<bool>()), 0..4),
            broken in 0..80_usize,
            by in "\r|\n|-|\"|;|",
        ) {
            let mut body: String = parts.iter().map(|(name, value, is_file)| {
                part(&format!("name=\"{name}\"{}", if *is_file { "; filename=\"f\"" } else { "" }), value)
            }).collect::<String>() + "--B--\r\n";
            if let Some((at, old)) = body.char_indices().nth(broken) {
                body.replace_range(at..at + old.len_utf8(), &by);
            }
            let Some(form) = read(&body) else { return Ok(()) };
            let others = read_by_multer(body).expect("what is well-formed");
            let names: Vec<&String> = others.iter().map(|(name, _)| name).collect();
            prop_assert_eq!(format!("{form:?}"), format!("{names:?}"));
            for (name, text) in &others {
                if names.iter().filter(|known| **known == name).count() == 1 {
                    let wanted = text.as_deref().map(Some).ok_or(FormError::NotText);
                    prop_assert_eq!(form.text(name), wanted);
                }
            }
        }

        #[test]
        fn never_panics(middle in "(--B|\r\n|Content-Disposition: form-data; name=\"a\"|\\PC{0,8}){0,12}") {
            let _ = read(format!("--B\r\n{middle}\r\n--B--\r\n"));
        }
    }
}
