//! Currencies: the ISO 4217 codes in use, and the decimals of their minor units.

use super::Currency;

/// The code that stands for no currency in particular.
pub const NONE: &str = "XXX";

/// The currency of a code, such as `EUR`; `None` if there is none.
pub fn find(code: &str) -> Option<Currency> {
    let code = codes().find(|known| *known == code)?;
    let exception = DECIMALS
        .iter()
        .find(|(_, codes)| codes.split_whitespace().any(|known| known == code));
    let decimals = exception.map_or(2, |(decimals, _)| *decimals);
    Some(Currency {
        code: code.to_owned(),
        decimals,
    })
}

/// All codes.
pub fn codes() -> impl Iterator<Item = &'static str> {
    CODES.split_whitespace()
}

/// The currencies whose minor unit is not a hundredth.
const DECIMALS: [(u32, &str); 3] = [
    (
        0,
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// Codes in use now or lately, and [`NONE`].
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF \
    GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR \
    LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK \
    PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT \
    TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG XXX";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_those_of_the_standard() {
        let decimals = |code: &str| find(code).map(|currency| currency.decimals);
        assert_eq!(decimals("EUR"), Some(2));
        assert_eq!(decimals("JPY"), Some(0));
        assert_eq!(decimals("KWD"), Some(3));
        assert_eq!(decimals(NONE), Some(2));
        assert_eq!(decimals("EURO"), None);
        assert_eq!(decimals("eur"), None);
        for (_, exceptions) in DECIMALS {
            assert!(
                exceptions
                    .split_whitespace()
                    .all(|code| find(code).is_some())
            );
        }
    }
}
