/**
 * The names of issuers and subjects.
 *
 * Spec      RFC 5280 §4.1.2.4, §4.1.2.6; X.501
 * Next      certificate.ts - where the two names stand
 * Left out  every attribute but organization and common name
 *
 *   Name ::= SEQUENCE OF RelativeDistinguishedName        outermost first
 *   RelativeDistinguishedName ::= SET OF AttributeTypeAndValue
 *   AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value }
 */
import { oid } from '../der/oid.ts';
import { objectIdentifier, sequence, setOf, utf8String } from '../der/writer.ts';

/** A distinguished name, as far as we write one. */
export interface DistinguishedName {
  organizationName?: string;
  commonName?: string;
}

// ub-common-name, ub-organization-name (RFC 5280 appendix A.1)
const maxLength = 64;

/** A name as DER. Throws a RangeError for an attribute of none or more than 64 characters. */
export function encodeName(name: DistinguishedName): Buffer {
  const attributes: Buffer[] = [];
  for (const type of ['organizationName', 'commonName'] as const) {
    const value = name[type];
    if (value === undefined) continue;
    const length = [...value].length;
    if (length < 1 || length > maxLength) {
      throw new RangeError(`${type} must have 1 to ${maxLength} characters, got ${length}`);
    }
    attributes.push(setOf(sequence(objectIdentifier(oid[type]), utf8String(value))));
  }
  return sequence(...attributes);
}
