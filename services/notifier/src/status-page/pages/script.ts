/** A page that nobody renewed for this long says so itself, where the reader's browser runs scripts. */
export const staleAfterMs = 5 * 60_000;

/** Puts the reader's own time beside UTC. */
export const timesScript = `const local=r=>r.querySelectorAll('time.l').forEach(t=>{const u=new Date(t.dateTime);if(u.getTimezoneOffset()===0||t.nextElementSibling?.className==='lt')return;
const s=document.createElement('span');s.className='lt';s.textContent='('+document.body.dataset.local.replace('{time}',u.toLocaleTimeString(document.documentElement.lang,{hour:'2-digit',minute:'2-digit',hourCycle:'h23'}))+')';t.after(' ',s)});local(document);`;

/**
 * What scripts add to a page that says how things are now, and nothing depends on: a banner once it is old, and a look for a newer
 * page each minute while this one is looked at. A newer page takes the place of the old without moving the reader; nothing is
 * replaced while somebody writes. A change of the overall state is said once, politely.
 */
export const liveScript = `(()=>{const d=document,$=s=>d.querySelector(s);let skew=0;
const age=()=>{$('#stale').hidden=Date.now()+skew-Date.parse($('main').dataset.at)<${staleAfterMs}};
const busy=()=>d.activeElement&&d.activeElement.form;
const take=t=>{const n=new DOMParser().parseFromString(t,'text/html'),m=n.querySelector('main'),o=$('main');
if(!m||m.dataset.at===o.dataset.at||busy())return;
const f=o.contains(d.activeElement)&&d.activeElement.getAttribute('href'),was=$('h1').textContent;
o.replaceWith(d.adoptNode(m));d.title=n.title;local(m);
if(f)m.querySelector('a[href="'+CSS.escape(f)+'"]')?.focus({preventScroll:true});
const h=$('h1').textContent;if(h!==was)$('#live').textContent=d.body.dataset.live.replace('{sentence}',h)};
const look=()=>{age();if(!d.hidden)fetch(location.href,{cache:'no-cache'}).then(r=>{const t=Date.parse(r.headers.get('date'));
if(t)skew=t-Date.now();return r.ok&&r.text().then(take)}).catch(()=>0).finally(age)};
age();setInterval(look,60000);setInterval(age,15000);d.addEventListener('visibilitychange',()=>{if(Date.now()+skew-Date.parse($('main').dataset.at)>90000)look()})})()`;
