import './style/interview.css';
const engine = import('@getodk/xforms-engine');
void engine.then((m) => m.loadForm('<x/>')).then((r) => console.log(r.status));
