//! The warning for who listens to more than the own machine.

use std::net::SocketAddr;

/// What to tell the operator where an address can be reached from other machines; nothing for loopback.
pub fn warning_if_exposed(address: SocketAddr) -> Option<String> {
    if address.ip().to_canonical().is_loopback() {
        return None;
    }
    Some(format!(
        "{address} can be reached from other machines, and what is sent there is not encrypted: keys and \
         personal data can be read on the way. Put a proxy that speaks TLS before it, and list the \
         proxy's address so that limits count its clients and not the proxy."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_safe() {
        for (address, warns) in [
            ("127.0.0.1:7700", false),
            ("127.9.9.9:1", false),
            ("[::1]:7700", false),
            ("[::ffff:127.0.0.1]:7700", false),
            ("0.0.0.0:7700", true),
            ("[::]:7700", true),
            ("192.0.2.1:80", true),
        ] {
            let warning = warning_if_exposed(address.parse().unwrap());
            assert_eq!(warning.is_some(), warns, "{address}");
        }
    }
}
