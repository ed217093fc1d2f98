//! A wire to a server that can be slowed down, cut, and led elsewhere.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, UnixStream},
    sync::watch,
};

#[derive(Clone, Copy, PartialEq)]
pub enum Wire {
    Whole,
    /// Every piece takes so long.
    Slow(Duration),
    /// Nothing arrives, and nobody is told.
    Cut,
}

pub struct Proxy {
    address: SocketAddr,
    wire: watch::Sender<Wire>,
    targets: Arc<Mutex<Vec<PathBuf>>>,
}

impl Proxy {
    /// To the server that listens on a socket of this path.
    pub async fn to(target: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, wire) = (listener.local_addr().unwrap(), watch::Sender::new(Wire::Whole));
        let (targets, state) = (Arc::new(Mutex::new(vec![target])), wire.clone());
        let led = Arc::clone(&targets);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let path = led.lock().unwrap()[0].clone();
                led.lock().unwrap().rotate_left(1);
                let Ok(server) = UnixStream::connect(path).await else { continue };
                let (client_reads, client_writes) = client.into_split();
                let (server_reads, server_writes) = server.into_split();
                tokio::spawn(carry(client_reads, server_writes, state.subscribe()));
                tokio::spawn(carry(server_reads, client_writes, state.subscribe()));
            }
        });
        Self { address, wire, targets }
    }

    pub fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }

    pub fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }

    /// New connections lead there.
    pub fn lead_to(&self, target: PathBuf) {
        self.lead_by_turns([target]);
    }

    /// New connections lead to each of them in turn.
    pub fn lead_by_turns(&self, targets: impl Into<Vec<PathBuf>>) {
        *self.targets.lock().unwrap() = targets.into();
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut wire: watch::Receiver<Wire>,
) -> Option<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut piece).await.ok().filter(|length| *length > 0)?;
        let state = *wire.wait_for(|wire| *wire != Wire::Cut).await.ok()?;
        if let Wire::Slow(time) = state {
            tokio::time::sleep(time).await;
        }
        to.write_all(&piece[..length]).await.ok()?;
    }
}
