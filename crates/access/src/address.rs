//! Where a request comes from, as far as that can be believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::AccessError;

/// Bits of an IPv6 address that stand for one site: what is below it gives itself.
const V6_SITE_BITS: u8 = 64;
/// Most entries of a forwarding header that are looked at, from the last.
const MAX_HOPS: usize = 32;

/// An address as limits count it: IPv4 whole, IPv6 by its site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl Address {
    /// The address that an IP address counts as.
    pub fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self(IpAddr::V4(ip)),
            IpAddr::V6(ip) => {
                let bits = u128::from(ip) & mask(V6_SITE_BITS);
                Self(IpAddr::V6(Ipv6Addr::from(bits)))
            }
        }
    }

    /// The IP address, of IPv6 the site's.
    pub const fn ip(self) -> IpAddr {
        self.0
    }
}

/// The proxies whose word is taken for where a request comes from.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<Net>);

/// A range of addresses, all written as IPv6.
#[derive(Clone, Copy, Debug)]
struct Net {
    base: u128,
    bits: u8,
}

impl Proxies {
    /// Reads addresses and ranges: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
    ///
    /// # Errors
    /// [`AccessError::Refused`] for a text that is neither.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, AccessError> {
        let net = |text: &str| {
            let no = || AccessError::Refused(format!("`{text}` is no address or range of them"));
            Net::read(text.trim()).ok_or_else(no)
        };
        Ok(Self(texts.into_iter().map(net).collect::<Result<_, _>>()?))
    }

    /// Where a request comes from: the peer, unless it is one of the proxies; then the last address of
    /// `X-Forwarded-For` that is none of them. What no listed proxy vouches for is not believed.
    pub fn origin<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
    ) -> IpAddr {
        let mut origin = peer.to_canonical();
        let hops = forwarded.rev().flat_map(|line| line.rsplit(','));
        for hop in hops.take(MAX_HOPS) {
            if !self.holds(origin) {
                return origin;
            }
            match hop.trim().parse::<IpAddr>() {
                Ok(ip) => origin = ip.to_canonical(),
                Err(_) => return origin,
            }
        }
        origin
    }

    fn holds(&self, ip: IpAddr) -> bool {
        let bits = as_bits(ip);
        self.0.iter().any(|net| bits & mask(net.bits) == net.base)
    }
}

impl Net {
    fn read(text: &str) -> Option<Self> {
        let (ip, bits) = match text.split_once('/') {
            Some((ip, bits)) => (ip, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let ip: IpAddr = ip.parse().ok()?;
        let (most, above) = if ip.is_ipv4() { (32, 96) } else { (128, 0) };
        let bits = bits.unwrap_or(most);
        (bits <= most).then(|| Self {
            base: as_bits(ip) & mask(bits + above),
            bits: bits + above,
        })
    }
}

fn as_bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(Ipv4Addr::to_ipv6_mapped(&ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

fn mask(bits: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_listed_proxies_are_believed() {
        let proxies = Proxies::read(["10.0.0.0/8", "fd00::1"]).unwrap();
        let cases: [(&str, &[&str], &str); 8] = [
            ("192.0.2.1", &["203.0.113.9"], "192.0.2.1"),
            ("10.1.2.3", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:10.1.2.3", &["203.0.113.9"], "203.0.113.9"),
            (
                "10.1.2.3",
                &["1.1.1.1, 203.0.113.9, 10.9.9.9"],
                "203.0.113.9",
            ),
            ("10.1.2.3", &["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
            ("fd00::1", &["2001:db8::7"], "2001:db8::7"),
            ("10.1.2.3", &["words"], "10.1.2.3"),
            ("10.1.2.3", &[], "10.1.2.3"),
        ];
        for (peer, forwarded, wanted) in cases {
            let origin = proxies.origin(ip(peer), forwarded.iter().copied());
            assert_eq!(origin, ip(wanted), "{peer} {forwarded:?}");
        }
        let none = Proxies::default();
        let origin = none.origin(ip("10.1.2.3"), ["203.0.113.9"].into_iter());
        assert_eq!(origin, ip("10.1.2.3"));
        for bad in ["", "10.0.0.0/33", "::/129", "a/8", "10.0.0.0/x"] {
            assert!(Proxies::read([bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_ipv6_site_is_one_address() {
        let of = |text| Address::of(ip(text));
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:9::9"));
        assert_ne!(of("2001:db8:1:2::4"), of("2001:db8:1:3::4"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
