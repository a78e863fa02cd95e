"""The certificate of a SAML app: X.509, self-signed, the app's own and the same in every run.

Of all simulated Okta orgs there is one key pair. It is public, made for this simulator and good for
nothing else: whoever trusts it trusts anyone.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

_PRIMES = (
    (
        "f3a28e60a9b758db6cf1d75ee9dbcd88c6511eb3d120fcfcc0e699f720c03a9b14fdcaa092fb4396"
        "157d966253d802ec2c5eada371cb5ac66a21e416ff4484eb23463dbee95d7cc4ee275e97287a3771"
        "5bbd1ebc9592de8ef56d40a0b5d4b9c72f9f93e38741c4f3a17510bc0c919c4ca1e797c545e9b537"
        "a947205adb4e7b8d"
    ),
    (
        "d20360ff6b7d5422df2db0666028e9dc8cd186547fb3353fd87c096b7ad03543878a12c947506e40"
        "43eb52fca7b8079f94f8bfc50107922b54398bfbb4fd798794fca15887328edcaba79e567f488a75"
        "eb29840d019643bf7d60eae04fc489ca84a344dd6882b5d01c50924c9fac7fff3ef462d2949741ab"
        "5fd310d61c2ee891"
    ),
)
_EXPONENT = 65_537
_YEARS = 10
_MINUTE = timedelta(minutes=1)
_NAMES = (
    (NameOID.COUNTRY_NAME, "US"),
    (NameOID.STATE_OR_PROVINCE_NAME, "California"),
    (NameOID.LOCALITY_NAME, "San Francisco"),
    (NameOID.ORGANIZATION_NAME, "Okta (simulated)"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "SSOProvider"),
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate: DER, when it ends (epoch seconds), and its key's modulus and exponent."""

    der: bytes
    expires: float
    modulus: str
    exponent: str

    @property
    def text(self) -> str:
        """Base64, without line breaks, as `x5c` has it (RFC 7517, section 4.7)."""
        return base64.b64encode(self.der).decode()

    @property
    def lines(self) -> str:
        """Base64 in lines, as SAML metadata has it (recorded)."""
        return base64.encodebytes(self.der).decode().strip()

    @property
    def thumbprint(self) -> str:
        """`x5t#S256` (RFC 7517, section 4.9)."""
        return _base64url(hashlib.sha256(self.der).digest())


def certificate_of(subdomain: str, app_id: str, created: float) -> Certificate:
    """The certificate of an app of an org, made at a time in epoch seconds.

    It begins a minute before that and ends ten years after (recorded). Its number is its own.
    """
    made = datetime.fromtimestamp(int(created), UTC)
    end = _years_later(made)
    number = int.from_bytes(hashlib.sha256(f"{app_id} {created}".encode()).digest()[:8])
    name = x509.Name([x509.NameAttribute(*each) for each in _names(subdomain)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_key().public_key())
        .serial_number(number or 1)
        .not_valid_before(made - _MINUTE)
        .not_valid_after(end)
        .sign(_key(), hashes.SHA256())
    )
    numbers = _key().public_key().public_numbers()
    return Certificate(
        der=signed.public_bytes(Encoding.DER),
        expires=end.timestamp(),
        modulus=_base64url(numbers.n.to_bytes(256)),
        exponent=_base64url(numbers.e.to_bytes(3)),
    )


def _years_later(made: datetime) -> datetime:
    """The same day, ten years later: a leap day becomes the day before (assumed)."""
    is_leap_day = (made.month, made.day) == (2, 29)
    return made.replace(year=made.year + _YEARS, day=28 if is_leap_day else made.day)


def _names(subdomain: str) -> Iterator[tuple[x509.ObjectIdentifier, str]]:
    yield from _NAMES
    yield NameOID.COMMON_NAME, subdomain
    yield NameOID.EMAIL_ADDRESS, "info@okta.example"


@cache
def _key() -> rsa.RSAPrivateKey:
    p, q = (int(prime, 16) for prime in _PRIMES)
    d = rsa.rsa_recover_private_exponent(_EXPONENT, p, q)
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, p * q),
    ).private_key()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
