//! The catalog: a list of the package's files by their hashes, to be signed.
//!
//! It is what `inf2cat /os:10_x64` makes: a PKCS #7 `SignedData`, not yet signed, around a certificate trust list whose
//! subjects are files. Each file is a member twice, by SHA-1 and by SHA-256; the latter also carries the hash as
//! `SpcIndirectDataContent`. Catalogs of the second version (`CATALOG_LIST_MEMBER2`) are those for Windows 8 and later.
//! Microsoft documents the parts (`szOID_...`, MS-CAESO 4.4.5.4 for the list) and not their sum; the sum is read off
//! catalogs that its tools made.

use cms::{
    cert::x509::spki::AlgorithmIdentifierOwned,
    content_info::{CmsVersion, ContentInfo},
    signed_data::{EncapsulatedContentInfo, SignedData, SignerInfos},
};
use der::{
    Any, AnyRef, Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader,
    Sequence, Tag, ValueOrd, Writer,
    asn1::{BitString, ContextSpecific, Null, ObjectIdentifier, OctetString, SetOfVec, UtcTime},
};
use sha2::{Digest, Sha256};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TRUST_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.1");
const CATALOG_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.12.1.1");
const MEMBER_2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.12.1.3");
const NAME_VALUE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.12.2.1");
const MEMBER_INFO_2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.12.2.3");
const INDIRECT_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.4");
const PE_IMAGE_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.15");
const LINK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.25");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// `CRYPTCAT_ATTR_NAMEASCII | CRYPTCAT_ATTR_DATAASCII | CRYPTCAT_ATTR_AUTHENTICATED`, as inf2cat writes it.
const ATTRIBUTE_FLAGS: u32 = 0x1001_0001;
/// Platform 2 (NT), version 10.0.
const OS_OF_MEMBER: &str = "2:10.0";
/// `10_x64` of inf2cat.
const OS_OF_CATALOG: &str = "_v100_X64";

/// A file of the package.
#[derive(Debug, Clone)]
pub struct Member {
    /// The file's name.
    pub name: String,
    /// What kind of hash its hashes are.
    pub kind: Kind,
    /// SHA-1.
    pub sha1: Vec<u8>,
    /// SHA-256.
    pub sha256: Vec<u8>,
}

/// How a member is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An image, by its Authenticode hash.
    Image,
    /// Any other file, all of it.
    Flat,
}

#[derive(Sequence)]
struct TrustList {
    usage: Vec<ObjectIdentifier>,
    identifier: OctetString,
    this_update: UtcTime,
    algorithm: AlgorithmIdentifierOwned,
    subjects: Vec<Subject>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Subject {
    identifier: OctetString,
    attributes: SetOfVec<Attribute>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
struct Attribute {
    kind: ObjectIdentifier,
    values: SetOfVec<Any>,
}

/// An extension as in certificates, never critical.
#[derive(Sequence)]
struct Extension {
    kind: ObjectIdentifier,
    value: OctetString,
}

#[derive(Sequence)]
struct NameValue {
    name: Bmp,
    flags: u32,
    value: OctetString,
}

#[derive(Sequence)]
struct IndirectData {
    data: AttributeTypeAndValue,
    digest: DigestInfo,
}

#[derive(Sequence)]
struct AttributeTypeAndValue {
    kind: ObjectIdentifier,
    value: Any,
}

#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

#[derive(Sequence)]
struct PeImageData {
    flags: BitString,
    file: ContextSpecific<Any>,
}

/// A `BMPString`: UTF-16, big end first.
struct Bmp(Vec<u8>);

impl FixedTag for Bmp {
    const TAG: Tag = Tag::BmpString;
}

impl EncodeValue for Bmp {
    fn value_len(&self) -> der::Result<Length> {
        self.0.len().try_into()
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(&self.0)
    }
}

impl<'a> DecodeValue<'a> for Bmp {
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        reader.read_vec(header.length).map(Self)
    }
}

/// The unsigned catalog of `members`, for the device of the hardware ID, dated `seconds` after 1970.
///
/// The list's identifier, which only has to differ between catalogs, is made of the members' hashes, so that one package
/// has one catalog.
///
/// # Errors
/// A date or a length that ASN.1 has no place for.
pub fn catalog(members: &[Member], hardware_id: &str, seconds: u64) -> der::Result<Vec<u8>> {
    let mut subjects = Vec::new();
    for member in members {
        subjects.push(subject(member, &member.sha1, false)?);
        subjects.push(subject(member, &member.sha256, true)?);
    }
    subjects.sort_by(|a, b| a.identifier.as_bytes().cmp(b.identifier.as_bytes()));
    let mut all = Sha256::new();
    for subject in &subjects {
        all.update(subject.identifier.as_bytes());
    }
    let list = TrustList {
        usage: vec![CATALOG_LIST],
        identifier: OctetString::new(&all.finalize()[..16])?,
        this_update: UtcTime::from_unix_duration(core::time::Duration::from_secs(seconds))?,
        algorithm: algorithm(MEMBER_2),
        subjects,
        extensions: vec![
            extension("OS", OS_OF_CATALOG)?,
            extension("HWID1", &hardware_id.to_ascii_lowercase())?,
        ],
    };
    let signed = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::new(),
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: TRUST_LIST,
            econtent: Some(Any::encode_from(&list)?),
        },
        certificates: None,
        crls: None,
        signer_infos: SignerInfos(SetOfVec::new()),
    };
    let content = ContentInfo {
        content_type: SIGNED_DATA,
        content: Any::encode_from(&signed)?,
    };
    content.to_der()
}

fn subject(member: &Member, hash: &[u8], indirect: bool) -> der::Result<Subject> {
    let mut attributes = SetOfVec::new();
    // SIP_INDIRECT_DATA's choice: [0] for an image, [2] for a flat file, both empty.
    let kind = match member.kind {
        Kind::Image => [0x80, 0],
        Kind::Flat => [0x82, 0],
    };
    attributes.insert(attribute(MEMBER_INFO_2, Any::from_der(&kind)?)?)?;
    for (name, value) in [
        ("OSAttr", OS_OF_MEMBER),
        ("File", &member.name.to_ascii_lowercase()),
    ] {
        let value = Any::encode_from(&name_value(name, value)?)?;
        attributes.insert(attribute(NAME_VALUE, value)?)?;
    }
    if indirect {
        let value = Any::encode_from(&indirect_data(member)?)?;
        attributes.insert(attribute(INDIRECT_DATA, value)?)?;
    }
    Ok(Subject {
        identifier: OctetString::new(hash)?,
        attributes,
    })
}

fn attribute(kind: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    let mut values = SetOfVec::new();
    values.insert(value)?;
    Ok(Attribute { kind, values })
}

fn indirect_data(member: &Member) -> der::Result<IndirectData> {
    // SpcLink by file name, [2], whose SpcString is an empty Unicode string, [0].
    let link = [0xa2, 2, 0x80, 0];
    let data = match member.kind {
        Kind::Image => AttributeTypeAndValue {
            kind: PE_IMAGE_DATA,
            value: Any::encode_from(&PeImageData {
                // SpcPeImageFlags: includeResources and includeImportAddressTable, as every tool writes them.
                flags: BitString::new(5, [0xa0])?,
                file: ContextSpecific {
                    tag_number: der::TagNumber::N0,
                    tag_mode: der::TagMode::Explicit,
                    value: Any::from_der(&link)?,
                },
            })?,
        },
        Kind::Flat => AttributeTypeAndValue {
            kind: LINK,
            value: Any::from_der(&link)?,
        },
    };
    Ok(IndirectData {
        data,
        digest: DigestInfo {
            algorithm: algorithm(SHA_256),
            digest: OctetString::new(member.sha256.as_slice())?,
        },
    })
}

fn algorithm(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid,
        parameters: Some(AnyRef::from(Null).into()),
    }
}

fn extension(name: &str, value: &str) -> der::Result<Extension> {
    Ok(Extension {
        kind: NAME_VALUE,
        value: OctetString::new(name_value(name, value)?.to_der()?)?,
    })
}

fn name_value(name: &str, value: &str) -> der::Result<NameValue> {
    let with_end = value.encode_utf16().chain([0]);
    Ok(NameValue {
        name: Bmp(name.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        flags: ATTRIBUTE_FLAGS,
        value: OctetString::new(with_end.flat_map(u16::to_le_bytes).collect::<Vec<u8>>())?,
    })
}
