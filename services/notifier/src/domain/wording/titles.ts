import type { Rows } from './rows.js';

/** The titles of the built-in runbook's steps, and of a restoration's phases: German, Spanish, French. */
export const titles = {
  'remember that a failover may lose rows from now on': [
    'festhalten, dass ein Umschalten ab jetzt Zeilen verlieren kann',
    'anotar que desde ahora una conmutación puede perder filas',
    'noter qu’une bascule peut désormais perdre des lignes',
  ],
  'change which standbys commits wait for': [
    'ändern, auf welche Ersatzserver Commits warten',
    'cambiar a qué réplicas esperan las confirmaciones',
    'changer les secours que les validations attendent',
  ],
  'wait until every synchronous standby has confirmed': [
    'warten, bis jeder synchrone Ersatzserver bestätigt hat',
    'esperar a que confirme cada réplica síncrona',
    'attendre la confirmation de chaque secours synchrone',
  ],
  'move the estate to its next epoch': [
    'die nächste Epoche beginnen',
    'pasar a la época siguiente',
    'passer à l’époque suivante',
  ],
  'wait for the approval that policy asks for': [
    'auf die vorgeschriebene Genehmigung warten',
    'esperar la aprobación que exige la política',
    'attendre l’approbation que la politique exige',
  ],
  'wait until the target has replayed the last position': [
    'warten, bis das Ziel die letzte Position nachgeholt hat',
    'esperar a que el destino haya aplicado la última posición',
    'attendre que la cible ait rejoué la dernière position',
  ],
  'write a checkpoint before the stop': [
    'vor dem Anhalten einen Checkpoint schreiben',
    'escribir un punto de control antes de parar',
    'écrire un point de contrôle avant l’arrêt',
  ],
  'write a checkpoint on the new timeline': [
    'auf der neuen Zeitlinie einen Checkpoint schreiben',
    'escribir un punto de control en la nueva línea de tiempo',
    'écrire un point de contrôle sur la nouvelle ligne de temps',
  ],
  'choose the standby that has everything': [
    'den Ersatzserver wählen, der alles hat',
    'elegir la réplica que lo tiene todo',
    'choisir le secours qui a tout',
  ],
  'close the standby to writes, until it has been proven': [
    'den Ersatzserver für Schreibzugriffe schließen, bis er geprüft ist',
    'cerrar la réplica a las escrituras hasta que esté comprobada',
    'fermer le secours aux écritures jusqu’à ce qu’il soit vérifié',
  ],
  'weigh the fence that was reached against policy': [
    'die erreichte Abschottung an der Vorschrift messen',
    'comparar el aislamiento logrado con la política',
    'comparer l’isolement obtenu à la politique',
  ],
  'stop the standbys from receiving, so that the old primary can confirm no commit': [
    'die Ersatzserver vom Empfang trennen, damit der alte Primärserver keinen Commit bestätigen kann',
    'impedir que las réplicas reciban, para que el antiguo primario no confirme nada',
    'empêcher les secours de recevoir, pour que l’ancien primaire ne confirme plus rien',
  ],
  'switch the old site off by a path of its own': [
    'den alten Standort auf eigenem Weg abschalten',
    'apagar el sitio antiguo por una vía propia',
    'éteindre l’ancien site par une voie à part',
  ],
  'take the old primary out of every load balancer': [
    'den alten Primärserver aus jedem Lastverteiler nehmen',
    'sacar el antiguo primario de todos los balanceadores',
    'retirer l’ancien primaire de chaque répartiteur',
  ],
  'hear every vantage on the new site': [
    'jeden Beobachter zum neuen Standort hören',
    'oír a cada observador sobre el sitio nuevo',
    'entendre chaque observateur sur le nouveau site',
  ],
  'see that the loss still lasts': [
    'prüfen, ob der Ausfall noch andauert',
    'comprobar que la pérdida continúa',
    'vérifier que la perte dure encore',
  ],
  'measure what was lost': ['messen, was verloren ging', 'medir lo que se perdió', 'mesurer ce qui est perdu'],
  'let customers write to the new primary': [
    'Kunden auf den neuen Primärserver schreiben lassen',
    'dejar que los clientes escriban en el nuevo primario',
    'laisser les clients écrire sur le nouveau primaire',
  ],
  'see what the target has: capacity, disk, version, lag, clock': [
    'sehen, was das Ziel hat: Kapazität, Platte, Version, Rückstand, Uhr',
    'ver qué tiene el destino: capacidad, disco, versión, retraso, reloj',
    'voir ce qu’a la cible : capacité, disque, version, retard, horloge',
  ],
  'promote the standby, and give it the new epoch': [
    'den Ersatzserver befördern und ihm die neue Epoche geben',
    'promover la réplica y darle la nueva época',
    'promouvoir le secours et lui donner la nouvelle époque',
  ],
  'see that the new primary has everything, before the first write': [
    'vor dem ersten Schreiben prüfen, dass der neue Primärserver alles hat',
    'comprobar antes de la primera escritura que el nuevo primario lo tiene todo',
    'vérifier avant la première écriture que le nouveau primaire a tout',
  ],
  'start the old primary as a standby': [
    'den alten Primärserver als Ersatz starten',
    'arrancar el antiguo primario como réplica',
    'démarrer l’ancien primaire comme secours',
  ],
  'let the other standbys follow the new primary': [
    'die übrigen Ersatzserver dem neuen Primärserver folgen lassen',
    'hacer que las demás réplicas sigan al nuevo primario',
    'faire suivre le nouveau primaire aux autres secours',
  ],
  'stop the old primary and read its last position': [
    'den alten Primärserver anhalten und seine letzte Position lesen',
    'parar el antiguo primario y leer su última posición',
    'arrêter l’ancien primaire et lire sa dernière position',
  ],
  'tell the applications of the new site to serve': [
    'die Anwendungen des neuen Standorts in Dienst stellen',
    'poner en servicio las aplicaciones del sitio nuevo',
    'mettre en service les applications du nouveau site',
  ],
  'promote the caches of the new site': [
    'die Zwischenspeicher des neuen Standorts befördern',
    'promover las cachés del sitio nuevo',
    'promouvoir les caches du nouveau site',
  ],
  'point the names at the new site': [
    'die Namen auf den neuen Standort zeigen lassen',
    'apuntar los nombres al sitio nuevo',
    'faire pointer les noms vers le nouveau site',
  ],
  'tell connection pools and endpoints where the new site is': [
    'Verbindungspools und Endpunkten sagen, wo der neue Standort ist',
    'decir a los pools de conexiones y extremos dónde está el sitio nuevo',
    'dire aux pools de connexions et points d’accès où est le nouveau site',
  ],
  'send traffic to the new site': [
    'den Verkehr an den neuen Standort leiten',
    'enviar el tráfico al sitio nuevo',
    'envoyer le trafic vers le nouveau site',
  ],
  'look at everything from outside': [
    'alles von außen prüfen',
    'comprobarlo todo desde fuera',
    'tout vérifier de l’extérieur',
  ],
  'look at the home site and at what became of it': [
    'den heimischen Standort und seinen Zustand prüfen',
    'examinar el sitio de origen y su estado',
    'examiner le site d’origine et son état',
  ],
  'make the home site ready': [
    'den heimischen Standort bereit machen',
    'preparar el sitio de origen',
    'préparer le site d’origine',
  ],
  'bring the home site to the active data': [
    'den heimischen Standort auf den Stand der aktiven Daten bringen',
    'llevar el sitio de origen a los datos activos',
    'amener le site d’origine aux données actives',
  ],
  'make the home site able to serve': [
    'den heimischen Standort dienstfähig machen',
    'dejar el sitio de origen listo para dar servicio',
    'rendre le site d’origine apte à servir',
  ],
  'move service home and watch it': [
    'den Dienst heimholen und beobachten',
    'devolver el servicio a su origen y observarlo',
    'ramener le service à son site et le surveiller',
  ],
} as const satisfies Rows;
