//! Listening: connections in, each served by itself, and a stop that lets what was begun end.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use perennial_access::Keys;
use perennial_runtime::House;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower_service::Service as _;

use crate::ApiError;
use crate::options::ServeOptions;
use crate::router::router;
use crate::server::Server;
use crate::wire::{Pace, Peer, Wire};

/// Connections that the system holds until they are accepted.
const BACKLOG: u32 = 1024;
/// Most bytes of a head, and of what is read at once.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Most headers of a request.
const MAX_HEADERS: usize = 100;
/// How often workspaces are asked whether they can still be relied on.
const WATCH: Duration = Duration::from_millis(250);
/// The pause after a connection could not be accepted, for want of file descriptors, say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A server that has its address, and does not serve yet.
pub struct Bound {
    runtime: Runtime,
    listener: TcpListener,
    server: Arc<Server>,
    stop: watch::Sender<bool>,
}

/// Stops a server from another thread. Clones stop the same server.
#[derive(Clone)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Stops: no more connections, and requests in flight end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// Takes an address for a house that is open. Nothing is answered before [`Bound::run`], but who
/// connects waits and is not refused.
///
/// # Errors
/// [`ApiError`], where the address is taken or the keys cannot be read.
pub fn bind(house: Arc<House>, options: ServeOptions) -> Result<Bound, ApiError> {
    let keys = Keys::open(house.folder())?;
    let address = options.listen;
    let (stop, stopping) = watch::channel(false);
    let runtime = Builder::new_multi_thread()
        .worker_threads(options.threads.max(1))
        .thread_name("api")
        .enable_all()
        .build()
        .map_err(|error| ApiError::System(error.to_string()))?;
    let server = Arc::new(Server::new(house, keys, options, stopping)?);
    let listener = {
        let _inside = runtime.enter();
        listen(address).map_err(|error| ApiError::Listen {
            address,
            cause: error.to_string(),
        })?
    };
    Ok(Bound {
        runtime,
        listener,
        server,
        stop,
    })
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Bound {
    /// Where it listens: with port 0 asked for, the one that was free.
    ///
    /// # Errors
    /// [`ApiError::System`].
    pub fn address(&self) -> Result<SocketAddr, ApiError> {
        let address = self.listener.local_addr();
        address.map_err(|error| ApiError::System(error.to_string()))
    }

    /// Its keys.
    pub fn keys(&self) -> &Keys {
        &self.server.keys
    }

    /// What stops it.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// Serves until [`Stopper::stop`], or until the process is asked to end by SIGTERM or SIGINT.
    /// Requests in flight then end, within [`crate::Patience::stop`].
    ///
    /// # Errors
    /// [`ApiError::Dead`], where a log can no longer be relied on: the process must end.
    pub fn run(self) -> Result<(), ApiError> {
        let Self {
            runtime,
            listener,
            server,
            stop,
        } = self;
        let patience = server.options.patience.stop;
        let outcome = runtime.block_on(async {
            let stopper = Stopper(stop.clone());
            tokio::spawn(listen_for_signals(stopper));
            let stopper = Stopper(stop.clone());
            let watched = tokio::spawn(watch_over(Arc::clone(&server), stopper));
            accept(&server, listener, stop.subscribe()).await;
            watched.abort();
            server
                .house
                .dead()
                .map_or(Ok(()), |cause| Err(ApiError::Dead(cause)))
        });
        // A workspace that hangs must not keep the process from ending.
        runtime.shutdown_timeout(patience);
        outcome
    }
}

/// Stops the server when a workspace can keep no promise any more.
async fn watch_over(server: Arc<Server>, stopper: Stopper) {
    while server.house.dead().is_none() {
        sleep(WATCH).await;
    }
    stopper.stop();
}

#[cfg(unix)]
async fn listen_for_signals(stopper: Stopper) {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    );
    if let (Ok(mut terminate), Ok(mut interrupt)) = heard {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stopper.stop();
    }
}

#[cfg(not(unix))]
async fn listen_for_signals(stopper: Stopper) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stopper.stop();
    }
}

async fn accept(server: &Arc<Server>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let router = router(server);
    let slots = Arc::new(Semaphore::new(server.options.connections));
    let mut open = JoinSet::new();
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => break,
            next = next => next,
        };
        while open.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let connection = serve(Arc::clone(server), router.clone(), stream, peer.ip());
                open.spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    if let Some(analyst) = &server.options.analyst {
        analyst.stop();
    }
    let ended = async { while open.join_next().await.is_some() {} };
    timeout(server.options.patience.stop, ended).await.ok();
    open.abort_all();
}

/// Serves one connection until it ends.
async fn serve(server: Arc<Server>, router: Router, stream: TcpStream, ip: IpAddr) {
    stream.set_nodelay(true).ok();
    let patience = server.options.patience;
    let pace = Arc::new(Pace::default());
    let wire = Wire::new(stream, Arc::clone(&pace), patience.head, patience.write);
    let answer = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (pace, mut router) = (Arc::clone(&pace), router.clone());
        let is_ambiguous = pace.begin();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer { ip, is_ambiguous });
            let response: Result<Response<Body>, Infallible> = router.call(request).await;
            pace.end();
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // Of a connection that waits it is the whole wait; slow heads are cut off by the wire.
        .header_read_timeout(patience.idle)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(wire), answer);
    let mut connection = std::pin::pin!(connection);
    let mut stop = server.stopping();
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stopped| *stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    // How a connection ends is its own affair: what it was answered has been counted.
    connection.await.ok();
}
