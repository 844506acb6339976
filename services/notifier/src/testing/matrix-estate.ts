import { testEstateText } from './test-estate.js';

export interface MatrixPlaces {
  readonly smtpPort: number;
  readonly providersUrl: string;
  /** Where providers reach the notifier, as they would write it. */
  readonly callbackUrl?: string;
  /** Lines of `communication` besides. */
  readonly more?: string;
  /** Changes the text of the whole matrix. */
  readonly change?: (text: string) => string;
}

export const matrixSecrets = {
  twilio: 'twilio-token',
  pagerduty: 'pagerduty-webhook-secret',
  slack: 'slack-secret',
} as const;

/** The reference estate's stakeholder matrix, on the running example's sites and services, its channels leading to a test's providers. */
export async function matrixEstateText(places: MatrixPlaces): Promise<string> {
  const lab = await testEstateText();
  const communication = lab.indexOf('\ncommunication:\n');
  const templates = lab.indexOf('  templates:\n', communication);
  const contacts = lab.indexOf('\ncontacts:\n', templates);
  const text = `${lab.slice(0, communication)}\n${matrix(places)}${lab.slice(templates, contacts)}\n${people}`;
  return places.change?.(text) ?? text;
}

function matrix({ smtpPort, providersUrl, callbackUrl = 'http://callbacks.test', more = '' }: MatrixPlaces): string {
  return `communication:
  hotline: '+1-555-DR-HELP'
  statusPage: { title: NovaCron status, publicUrl: 'https://status.novacron.io' }
${more}
  channels:
    - { name: mail, kind: email, host: 127.0.0.1, port: ${smtpPort}, from: dr@novacron.io }
    - name: phone
      kind: phone
      url: ${providersUrl}/twilio
      account: AC1
      token: { file: secrets/twilio }
      from: '+15550199'
      callbackUrl: ${callbackUrl}
      ratePerSecond: 1000
      timeout: 3s
      fallback: mail
    - name: pagerduty
      kind: pagerduty
      url: ${providersUrl}/pagerduty
      token: { file: secrets/routing-key }
      signingSecret: { file: secrets/pagerduty }
      ratePerSecond: 1000
      timeout: 3s
      fallback: mail
    - { name: slack, kind: slack, url: '${providersUrl}/slack-hook', ratePerSecond: 1000, timeout: 3s, fallback: mail }
    - { name: account-manager, kind: account-manager, via: mail }
    - { name: status-page, kind: status-page }
  audiences:
    - { name: executives, title: Executive team, order: 1, contacts: [ceo, cto, cfo, coo], channels: [phone], updateEvery: 1h, startAfter: 0s, escalateAfter: 0s }
    - { name: technical, title: Technical team, order: 2, contacts: [infra-lead, db-lead], channels: [pagerduty], updateEvery: 30m, startAfter: 0s, escalateAfter: 5m }
    - { name: customer-success, title: Customer success, order: 3, contacts: [cs-manager, support-lead], channels: [mail, slack], updateEvery: 1h, startAfter: 0s, escalateAfter: 15m }
    - { name: tier-1, title: 'Customers, tier 1', order: 4, contacts: [acme], channels: [mail, phone, account-manager], updateEvery: 30m, startAfter: 0s, customer: true, tier: 1 }
    - { name: tier-2, title: 'Customers, tier 2', order: 5, contacts: [beta], channels: [mail, status-page], updateEvery: 1h, startAfter: 15m, customer: true, tier: 2 }
    - { name: tier-3, title: 'Customers, tier 3', order: 6, contacts: [gamma], channels: [status-page], updateEvery: 2h, startAfter: 30m, customer: true, tier: 3 }
`;
}

const people = `contacts:
  - { id: ceo, name: CEO, phone: '+1-555-0201', email: ceo@novacron.io }
  - { id: cto, name: CTO, phone: '+1-555-0202', email: cto@novacron.io }
  - { id: cfo, name: CFO, phone: '+1-555-0203', email: cfo@novacron.io }
  - { id: coo, name: COO, phone: '+1-555-0204', email: coo@novacron.io }
  - { id: infra-lead, name: Jane Doe, phone: '+1-555-0102', backupPhone: '+1-555-0103', email: infra-lead@novacron.io }
  - { id: db-lead, name: Bob Johnson, phone: '+1-555-0104', backupPhone: '+1-555-0105', email: db-lead@novacron.io }
  - { id: cs-manager, name: CS manager, email: cs-manager@novacron.io }
  - { id: support-lead, name: Support lead, email: support-lead@novacron.io }
  - { id: acme, name: Acme, phone: '+1-555-0301', email: acme@example.org, accountManager: cs-manager }
  - { id: beta, name: Beta, email: beta@example.org }
  - { id: gamma, name: Gamma, email: gamma@example.org }
`;
