import type { Rows } from './rows.js';

/** What those who have the duty are told in words of ours, a line each: German, Spanish, French. Reasons of services stay as they are. */
export const dutyWords = {
  'At once: something acts against epoch {epoch}, which names {site}': [
    'Sofort: etwas handelt gegen Epoche {epoch}, die {site} nennt',
    'De inmediato: algo actúa contra la época {epoch}, que nombra a {site}',
    'Tout de suite : quelque chose agit contre l’époque {epoch}, qui désigne {site}',
  ],
  'Something acted against epoch {epoch}, which names {site}': [
    'Etwas hat gegen Epoche {epoch} gehandelt, die {site} nennt',
    'Algo actuó contra la época {epoch}, que nombra a {site}',
    'Quelque chose a agi contre l’époque {epoch}, qui désigne {site}',
  ],
  '{target} {found}; what was done: {done}': [
    '{target} {found}; was getan wurde: {done}',
    '{target} {found}; qué se hizo: {done}',
    '{target} {found} ; ce qui a été fait : {done}',
  ],
  'A failover waits for approval': [
    'Ein Umschalten wartet auf Genehmigung',
    'Una conmutación espera aprobación',
    'Une bascule attend une approbation',
  ],
  'Automatic failover is paused until {time}': [
    'Automatisches Umschalten ist ausgesetzt bis {time}',
    'La conmutación automática está en pausa hasta {time}',
    'La bascule automatique est suspendue jusqu’à {time}',
  ],
  'Automatic failover is still paused, until {time}': [
    'Automatisches Umschalten ist noch immer ausgesetzt, bis {time}',
    'La conmutación automática sigue en pausa, hasta {time}',
    'La bascule automatique est toujours suspendue, jusqu’à {time}',
  ],
  'Automatic failover is on again': [
    'Automatisches Umschalten ist wieder eingeschaltet',
    'La conmutación automática vuelve a estar activa',
    'La bascule automatique est de nouveau active',
  ],
  'Step {step} of a failover was skipped': [
    'Schritt {step} eines Umschaltens wurde übersprungen',
    'Se omitió el paso {step} de una conmutación',
    'L’étape {step} d’une bascule a été sautée',
  ],
  'Approvals needed: {count}. It expires at {time}.': [
    'Nötige Genehmigungen: {count}. Die Frist endet um {time}.',
    'Aprobaciones necesarias: {count}. Caduca a las {time}.',
    'Approbations nécessaires : {count}. Cela expire à {time}.',
  ],
  'Operation: {operation}': ['Vorgang: {operation}', 'Operación: {operation}', 'Opération : {operation}'],
  'A recovery has stopped': [
    'Eine Wiederherstellung ist stehen geblieben',
    'Una recuperación se ha detenido',
    'Une reprise s’est arrêtée',
  ],
  'Recovery point of {component} missed': [
    'Wiederherstellungspunkt von {component} verfehlt',
    'Punto de recuperación de {component} incumplido',
    'Point de reprise de {component} manqué',
  ],
  'The newest restorable moment of {component} (tier {tier}) is {length} old; {promised} were promised.': [
    'Der jüngste wiederherstellbare Zeitpunkt von {component} (Stufe {tier}) ist {length} alt; zugesagt waren {promised}.',
    'El momento restaurable más reciente de {component} (nivel {tier}) tiene {length}; se prometieron {promised}.',
    'Le moment restaurable le plus récent de {component} (niveau {tier}) date de {length} ; {promised} étaient promis.',
  ],
  'No standby could take over now': [
    'Kein Ersatz könnte jetzt übernehmen',
    'Ninguna réplica podría tomar el relevo ahora',
    'Aucun secours ne pourrait prendre le relais',
  ],
  'Commits of {database} go on without a standby': [
    'Commits von {database} gehen ohne Ersatz weiter',
    'Las confirmaciones de {database} siguen sin réplica',
    'Les validations de {database} continuent sans secours',
  ],
  'Vantage {vantage} no longer counts': [
    'Beobachter {vantage} zählt nicht mehr',
    'El observador {vantage} ya no cuenta',
    'L’observateur {vantage} ne compte plus',
  ],
  'Backups in {store} are damaged': [
    'Sicherungen in {store} sind beschädigt',
    'Hay copias dañadas en {store}',
    'Des sauvegardes dans {store} sont endommagées',
  ],
  'and {count} more': ['und {count} weitere', 'y {count} más', 'et {count} autres'],
  'Backup {backup} has failed': [
    'Sicherung {backup} ist gescheitert',
    'La copia {backup} ha fallado',
    'La sauvegarde {backup} a échoué',
  ],
  'Care for the backups has failed: {task}': [
    'Die Pflege der Sicherungen ist gescheitert: {task}',
    'El cuidado de las copias ha fallado: {task}',
    'L’entretien des sauvegardes a échoué : {task}',
  ],
  'The WAL archive of {component} has trouble: {fault}': [
    'Das WAL-Archiv von {component} hat eine Störung: {fault}',
    'El archivo WAL de {component} tiene problemas: {fault}',
    'L’archive WAL de {component} a un problème : {fault}',
  ],
  'Acknowledged by {person}': ['Angenommen von {person}', 'Atendido por {person}', 'Pris en charge par {person}'],
  '{person} has acknowledged at {time}.': [
    '{person} hat um {time} angenommen.',
    '{person} lo ha atendido a las {time}.',
    '{person} a pris en charge à {time}.',
  ],
  'Update overdue: {audience}': [
    'Mitteilung überfällig: {audience}',
    'Aviso atrasado: {audience}',
    'Message en retard : {audience}',
  ],
  '{audience} was promised an update for {time}, and has not had it {length} later.': [
    '{audience} war eine Mitteilung für {time} zugesagt; {length} später ist sie noch nicht da.',
    'Se prometió a {audience} un aviso para {time}, y {length} después no lo ha recibido.',
    '{audience} devait recevoir un message à {time}, et ne l’a pas {length} plus tard.',
  ],
  'A text waits for approval: {approval}.': [
    'Ein Text wartet auf Genehmigung: {approval}.',
    'Un texto espera aprobación: {approval}.',
    'Un texte attend une approbation : {approval}.',
  ],
  'Approval needed: a text for {audience}': [
    'Genehmigung nötig: ein Text für {audience}',
    'Aprobación necesaria: un texto para {audience}',
    'Approbation nécessaire : un texte pour {audience}',
  ],
  'A {template} notice for {audience} waits for approval ({approval}).': [
    'Eine Mitteilung ({template}) für {audience} wartet auf Genehmigung ({approval}).',
    'Un aviso ({template}) para {audience} espera aprobación ({approval}).',
    'Un message ({template}) pour {audience} attend une approbation ({approval}).',
  ],
  'It is not sent without one.': [
    'Ohne sie wird er nicht gesendet.',
    'Sin ella no se envía.',
    'Sans elle, il n’est pas envoyé.',
  ],
  'It is sent without one at {time}.': [
    'Ohne sie wird er um {time} gesendet.',
    'Sin ella se envía a las {time}.',
    'Sans elle, il est envoyé à {time}.',
  ],
  '{count} further messages were held back': [
    '{count} weitere Mitteilungen wurden zurückgehalten',
    'Se retuvieron {count} mensajes más',
    '{count} autres messages ont été retenus',
  ],
  'So many messages fell due that {count} were held back. What is open now: {place}, and the query of deliveries.': [
    'So viele Mitteilungen waren fällig, dass {count} zurückgehalten wurden. Was jetzt offen ist: {place}, und die Abfrage der Zustellungen.',
    'Vencieron tantos mensajes que se retuvieron {count}. Lo que está abierto ahora: {place}, y la consulta de entregas.',
    'Tant de messages étaient dus que {count} ont été retenus. Ce qui est ouvert : {place}, et la requête des envois.',
  ],
} as const satisfies Rows;
