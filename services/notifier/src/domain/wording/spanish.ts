import type { Translations } from './phrases.js';

export const spanish: Translations = {
  none: 'ninguno',
  'no service': 'ningún servicio',
  'nothing yet': 'todavía nada',
  'not known yet': 'aún no se sabe',
  'not affected': 'no afectado',
  'none any more': 'ya ninguno',
  'less than a second': 'menos de un segundo',
  'These services do not answer, or only in part, since the {site} site was lost.':
    'Estos servicios no responden, o solo en parte, desde que se perdió el sitio {site}.',
  'None for users. Until the {site} site is back there is one standby less.':
    'Ninguno para los usuarios. Hasta que vuelva el sitio {site} hay una reserva menos.',
  'Parts do not work, or only slowly, at: {sites}.': 'Hay partes que no funcionan, o van lentas, en: {sites}.',
  'Parts do not work, or only slowly, at: {sites} and {count} more.':
    'Hay partes que no funcionan, o van lentas, en: {sites} y {count} más.',
  'none: exceeded by {time}': 'ninguno: superado en {time}',
  'kept, with {time} to spare': 'cumplido, con {time} de margen',
  'none: the data was never at risk': 'ninguna: los datos nunca estuvieron en peligro',
  'none: every acknowledged change is there': 'ninguna: están todos los cambios confirmados',
  'none is known of': 'ninguna de la que sepamos',
  '{rows} changes of the last {time} before the failure were lost ({bytes} bytes)':
    'se perdieron {rows} cambios de los últimos {time} antes del fallo ({bytes} bytes)',
  'changes of the last {time} before the failure were lost ({bytes} bytes)':
    'se perdieron los cambios de los últimos {time} antes del fallo ({bytes} bytes)',
  'the last {bytes} bytes of changes before the failure were lost':
    'se perdieron los últimos {bytes} bytes de cambios antes del fallo',
  '{rows} changes before the failure were lost': 'se perdieron {rows} cambios anteriores al fallo',
  'announced once the return is planned': 'se anunciará cuando se planifique el regreso',
  'at the latest {time}': 'a más tardar {time}',
  unknown: 'desconocido',
  investigating: 'en investigación',
  resolved: 'resuelto',
  acknowledged: 'atendido',
  'not acknowledged': 'sin atender',
  'acknowledgement expired': 'la atención ha caducado',
  'message by hand': 'mensaje manual',
  'service restored on {site}': 'servicio restablecido en {site}',
  'service still affected, engineers at work': 'servicio aún afectado, nuestros ingenieros trabajan en ello',
  'service available, return delayed': 'servicio disponible, regreso aplazado',
  'service available on {site}, return delayed': 'servicio disponible en {site}, regreso aplazado',
  'confirming the failure and deciding how to act': 'confirmando el fallo y decidiendo cómo actuar',
  'bringing the {site} site back': 'recuperando el sitio {site}',
  'nothing: the incident is over': 'nada: el incidente ha terminado',
  'all parts work again; watching whether it lasts': 'todo vuelve a funcionar; observamos si se mantiene',
  'moving the service to the {site} site': 'trasladando el servicio al sitio {site}',
  'moving the service to another site': 'trasladando el servicio a otro sitio',
  'preparing the return to the {site} site': 'preparando el regreso al sitio {site}',
  'engineers are finishing the repair by hand': 'los ingenieros terminan la reparación a mano',
  'returning the service to the {site} site': 'devolviendo el servicio al sitio {site}',
  'watching the service after its return': 'observando el servicio tras su regreso',
  'the service was moved to the {site} site and checked from outside':
    'el servicio se trasladó al sitio {site} y se comprobó desde fuera',
  'This is an exercise. Nothing has happened.': 'Esto es un simulacro. No ha ocurrido nada.',
  'Escalation {level}: nobody of {audience} has acknowledged.': 'Escalada {level}: nadie de {audience} ha respondido.',
  'The acknowledgement of {person} has expired: please acknowledge again.':
    'La respuesta de {person} ha caducado: por favor, confirme de nuevo.',
};
