import type { Translations } from './phrases.js';

export const german: Translations = {
  none: 'keine',
  'no service': 'kein Dienst',
  'nothing yet': 'noch nichts',
  'not known yet': 'noch nicht bekannt',
  'not affected': 'nicht betroffen',
  'none any more': 'keinem mehr',
  'less than a second': 'weniger als eine Sekunde',
  'These services do not answer, or only in part, since the {site} site was lost.':
    'Diese Dienste antworten nicht oder nur teilweise, seit der Standort {site} ausgefallen ist.',
  'None for users. Until the {site} site is back there is one standby less.':
    'Keine für Nutzer. Bis der Standort {site} zurück ist, gibt es einen Ersatz weniger.',
  'Parts do not work, or only slowly, at: {sites}.': 'Teile arbeiten nicht oder nur langsam an: {sites}.',
  'Parts do not work, or only slowly, at: {sites} and {count} more.':
    'Teile arbeiten nicht oder nur langsam an: {sites} und {count} weiteren.',
  'none: exceeded by {time}': 'keine: um {time} überschritten',
  'kept, with {time} to spare': 'eingehalten, {time} vor der Zeit',
  'none: the data was never at risk': 'keiner: die Daten waren nie in Gefahr',
  'none: every acknowledged change is there': 'keiner: jede bestätigte Änderung ist da',
  'none is known of': 'keiner bekannt',
  '{rows} changes of the last {time} before the failure were lost ({bytes} bytes)':
    '{rows} Änderungen aus den letzten {time} vor dem Ausfall sind verloren ({bytes} Bytes)',
  'changes of the last {time} before the failure were lost ({bytes} bytes)':
    'Änderungen aus den letzten {time} vor dem Ausfall sind verloren ({bytes} Bytes)',
  'the last {bytes} bytes of changes before the failure were lost':
    'die letzten {bytes} Bytes an Änderungen vor dem Ausfall sind verloren',
  '{rows} changes before the failure were lost': '{rows} Änderungen vor dem Ausfall sind verloren',
  'announced once the return is planned': 'wird angekündigt, sobald die Rückkehr geplant ist',
  'at the latest {time}': 'spätestens {time}',
  unknown: 'unbekannt',
  investigating: 'wird untersucht',
  resolved: 'behoben',
  acknowledged: 'angenommen',
  'not acknowledged': 'nicht angenommen',
  'acknowledgement expired': 'Annahme abgelaufen',
  'message by hand': 'Mitteilung von Hand',
  'service restored on {site}': 'Dienst wiederhergestellt an {site}',
  'service still affected, engineers at work': 'Dienst weiterhin gestört, Techniker sind dabei',
  'service available, return delayed': 'Dienst verfügbar, Rückkehr verzögert',
  'service available on {site}, return delayed': 'Dienst verfügbar an {site}, Rückkehr verzögert',
  'confirming the failure and deciding how to act': 'der Ausfall wird bestätigt und über das Vorgehen entschieden',
  'bringing the {site} site back': 'der Standort {site} wird zurückgeholt',
  'nothing: the incident is over': 'nichts: der Vorfall ist vorbei',
  'all parts work again; watching whether it lasts': 'alles arbeitet wieder; es wird beobachtet, ob es so bleibt',
  'moving the service to the {site} site': 'der Dienst wird an den Standort {site} verlegt',
  'moving the service to another site': 'der Dienst wird an einen anderen Standort verlegt',
  'preparing the return to the {site} site': 'die Rückkehr an den Standort {site} wird vorbereitet',
  'engineers are finishing the repair by hand': 'Techniker beenden die Reparatur von Hand',
  'returning the service to the {site} site': 'der Dienst kehrt an den Standort {site} zurück',
  'watching the service after its return': 'der Dienst wird nach seiner Rückkehr beobachtet',
  'the service was moved to the {site} site and checked from outside':
    'der Dienst wurde an den Standort {site} verlegt und von außen geprüft',
  'This is an exercise. Nothing has happened.': 'Dies ist eine Übung. Es ist nichts geschehen.',
  'Escalation {level}: nobody of {audience} has acknowledged.':
    'Eskalation {level}: niemand von {audience} hat angenommen.',
  'The acknowledgement of {person} has expired: please acknowledge again.':
    'Die Annahme durch {person} ist abgelaufen: bitte erneut annehmen.',
};
