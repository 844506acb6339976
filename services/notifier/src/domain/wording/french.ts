import type { Translations } from './phrases.js';

export const french: Translations = {
  none: 'aucun',
  'no service': 'aucun service',
  'nothing yet': 'rien encore',
  'not known yet': 'pas encore connu',
  'not affected': 'non concerné',
  'none any more': 'plus aucun',
  'less than a second': 'moins d’une seconde',
  'These services do not answer, or only in part, since the {site} site was lost.':
    'Ces services ne répondent pas, ou en partie seulement, depuis la perte du site {site}.',
  'None for users. Until the {site} site is back there is one standby less.':
    'Aucun pour les utilisateurs. Jusqu’au retour du site {site}, il y a un secours de moins.',
  'Parts do not work, or only slowly, at: {sites}.': 'Des parties sont lentes ou en panne à : {sites}.',
  'Parts do not work, or only slowly, at: {sites} and {count} more.':
    'Des parties sont lentes ou en panne à : {sites} et {count} autres.',
  'none: exceeded by {time}': 'aucun : dépassé de {time}',
  'kept, with {time} to spare': 'tenu, avec {time} d’avance',
  'none: the data was never at risk': 'aucune : les données n’ont jamais été en danger',
  'none: every acknowledged change is there': 'aucune : chaque modification confirmée est là',
  'none is known of': 'aucune à notre connaissance',
  '{rows} changes of the last {time} before the failure were lost ({bytes} bytes)':
    '{rows} modifications des dernières {time} avant la panne sont perdues ({bytes} octets)',
  'changes of the last {time} before the failure were lost ({bytes} bytes)':
    'les modifications des dernières {time} avant la panne sont perdues ({bytes} octets)',
  'the last {bytes} bytes of changes before the failure were lost':
    'les derniers {bytes} octets de modifications avant la panne sont perdus',
  '{rows} changes before the failure were lost': '{rows} modifications avant la panne sont perdues',
  'announced once the return is planned': 'annoncé dès que le retour est planifié',
  'at the latest {time}': 'au plus tard {time}',
  unknown: 'inconnu',
  investigating: 'en cours d’analyse',
  resolved: 'résolu',
  acknowledged: 'pris en charge',
  'not acknowledged': 'non pris en charge',
  'acknowledgement expired': 'prise en charge expirée',
  'message by hand': 'message manuel',
  'service restored on {site}': 'service rétabli sur {site}',
  'service still affected, engineers at work': 'service toujours perturbé, nos ingénieurs sont à l’œuvre',
  'service available, return delayed': 'service disponible, retour retardé',
  'service available on {site}, return delayed': 'service disponible sur {site}, retour retardé',
  'confirming the failure and deciding how to act': 'confirmation de la panne et décision sur la suite',
  'bringing the {site} site back': 'remise en route du site {site}',
  'nothing: the incident is over': 'rien : l’incident est terminé',
  'all parts work again; watching whether it lasts': 'tout fonctionne de nouveau ; nous vérifions que cela dure',
  'moving the service to the {site} site': 'déplacement du service vers le site {site}',
  'moving the service to another site': 'déplacement du service vers un autre site',
  'preparing the return to the {site} site': 'préparation du retour vers le site {site}',
  'engineers are finishing the repair by hand': 'les ingénieurs terminent la réparation à la main',
  'returning the service to the {site} site': 'retour du service vers le site {site}',
  'watching the service after its return': 'surveillance du service après son retour',
  'the service was moved to the {site} site and checked from outside':
    'le service a été déplacé vers le site {site} et vérifié de l’extérieur',
  'This is an exercise. Nothing has happened.': 'Ceci est un exercice. Il ne s’est rien passé.',
  'Escalation {level}: nobody of {audience} has acknowledged.':
    'Escalade {level} : personne de {audience} n’a pris en charge.',
  'The acknowledgement of {person} has expired: please acknowledge again.':
    'La prise en charge par {person} a expiré : merci de confirmer de nouveau.',
};
