//! As much of HTTP/1.1 as the answers of the platform need.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any request takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// A connection, and who is called.
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(to: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect_timeout(&to, PATIENCE).map_err(|error| format!("connect: {}", error.kind()))?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Ok(Self {
            reader: BufReader::new(stream),
        })
    }

    /// Sends a request and reads its answer; what went wrong, in a word.
    pub(crate) fn ask(&mut self, request: &str, further: &str) -> Result<Answer, String> {
        let text = format!("{request} HTTP/1.1\r\nHost: platform.example.com\r\n{further}\r\n");
        self.send(text.as_bytes())?;
        self.read()
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.reader
            .get_mut()
            .write_all(bytes)
            .map_err(|error| format!("send: {}", error.kind()))
    }

    pub(crate) fn read(&mut self) -> Result<Answer, String> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut answer = Answer {
            status: status.ok_or("no status")?,
            headers,
            body: String::new(),
        };
        let length = answer.header("content-length").parse().unwrap_or(0);
        let mut body = vec![0; length];
        self.exactly(&mut body)?;
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(answer)
    }

    /// The body of an answer that ends with its connection.
    pub(crate) fn rest(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let read = self.reader.read_to_string(&mut text);
        read.map_err(|error| format!("receive: {}", error.kind()))?;
        Ok(text
            .split_once("\r\n\r\n")
            .map_or(String::new(), |(_, body)| body.to_owned()))
    }

    pub(crate) fn exactly(&mut self, bytes: &mut [u8]) -> Result<(), String> {
        self.reader
            .read_exact(bytes)
            .map_err(|error| format!("receive: {}", error.kind()))
    }

    pub(crate) fn limit(&self, wait: Duration) {
        self.reader.get_ref().set_read_timeout(Some(wait)).unwrap();
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        let read = self.reader.read_line(&mut line);
        match read.map_err(|error| format!("receive: {}", error.kind()))? {
            0 => Err("closed without an answer".to_owned()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}
