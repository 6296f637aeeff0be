// Fills forms at random, as ODK's engine for browsers lets a person fill them. One JSON line in, one JSON line out.
// Called with the folder whose node_modules holds the engine and jsdom.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(process.argv[2], 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { JSDOM } = await load('jsdom');
const { window } = new JSDOM('', { url: 'https://localhost/' });
const borrowed = ['DOMParser', 'XMLSerializer', 'Node', 'Element', 'Document', 'Attr', 'Text', 'XPathResult',
	'XMLDocument', 'localStorage', 'CDATASection', 'Comment', 'ProcessingInstruction', 'NamedNodeMap', 'document'];
for (const name of borrowed) {
	globalThis[name] = window[name];
}
// The engine's XPath parser is WebAssembly built for browsers and for CommonJS; these two names are all it asks for.
globalThis.__dirname = process.argv[2];
globalThis.require = require;
const { loadForm } = await load('@getodk/xforms-engine');

const ATTEMPTS = 60;
const DAY = 86_400_000;

const generator = (seed) => {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
};

class Interviewer {
	constructor(root, request) {
		this.root = root;
		this.texts = request.texts;
		this.given = request.given ?? {};
		this.places = request.places;
		this.random = generator(request.seed);
	}

	below(limit) {
		return Math.floor(this.random() * limit);
	}

	pick(values) {
		return values[this.below(values.length)];
	}

	/** The whole form once, in order; what becomes relevant further on is met on the way. */
	pass(likelihood, first) {
		const visit = (node) => {
			if (!node.currentState.relevant) {
				return;
			}
			if (node.nodeType === 'repeat-range:uncontrolled' && first && this.places) {
				this.layOut(node);
			} else if (node.nodeType === 'repeat-range:uncontrolled' && first) {
				while (this.below(5) < 2 && node.currentState.children.length < 5) {
					node.addInstances(node.currentState.children.length - 1);
				}
			}
			for (const child of node.currentState.children ?? []) {
				visit(child);
			}
			this.meet(node, likelihood);
		};
		visit(this.root);
	}

	/** As many instances as the interview had that is held again. */
	layOut(node) {
		const count = () => node.currentState.children.length;
		const had = (position) => Object.keys(this.places).some((place) =>
			`${place}/`.startsWith(`${node.currentState.reference}[${position}]/`));
		while (had(count() + 1)) {
			node.addInstances(count() - 1);
		}
		while (count() > 0 && !had(count())) {
			node.removeInstances(count() - 1);
		}
	}

	meet(node, likelihood) {
		const { readonly, required, instanceValue } = node.currentState;
		const name = node.definition.nodeset.split('/').at(-1);
		const known = node.nodeType in this.inventors || (node.nodeType === 'upload' && name in this.given);
		if (this.places) {
			const text = this.places[node.currentState.reference];
			if (!readonly && text !== undefined && (known || node.nodeType === 'upload')) {
				this.give(node, name, text);
			}
			return;
		}
		if (readonly || !known) {
			return;
		}
		if (name in this.given) {
			this.give(node, name, this.given[name]);
			return;
		}
		const broken = node.validationState.violation != null;
		const needed = required && (instanceValue === '' || instanceValue == null);
		if (!broken && !needed && this.random() >= likelihood * 0.93) {
			return;
		}
		for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
			this.inventors[node.nodeType](node);
			if (node.validationState.violation == null) {
				return;
			}
		}
		this.clear(node);
	}

	/** Answers as ordered; an empty text leaves the question empty. */
	give(node, name, text) {
		if (text === '') {
			this.clear(node);
			return;
		}
		const codes = node.currentState.valueOptions?.map((option) => option.value);
		const chosen = node.selectType === 'select1' ? [text] : text.split(' ');
		if (codes && chosen.some((code) => !codes.includes(code))) {
			throw new Error(`the form does not offer ${text} for ${name}`);
		}
		if (node.nodeType === 'select') {
			node.selectValues(chosen);
		} else if (node.nodeType === 'rank') {
			node.setValues(chosen);
		} else if (node.nodeType === 'trigger') {
			node.setValue(text === 'OK');
		} else if (node.nodeType === 'upload') {
			node.setValue(new File(['picture'], text, { type: 'image/png' }));
		} else {
			node.setValue(node.valueType === 'int' ? BigInt(text) : text);
		}
		if (node.validationState.constraint?.valid === false) {
			throw new Error(`the form does not let ${name} be ${text}`);
		}
	}

	clear(node) {
		if (node.nodeType === 'select') {
			node.selectValues([]);
		} else if (node.nodeType === 'rank') {
			node.setValues([]);
		} else {
			node.setValue(node.nodeType === 'trigger' ? false : node.nodeType === 'upload' ? null : '');
		}
	}

	inventors = {
		select: (node) => {
			const codes = node.currentState.valueOptions.map((option) => option.value);
			if (codes.length === 0) {
				return;
			}
			if (node.selectType === 'select1') {
				node.selectValue(this.pick(codes));
				return;
			}
			const share = 1 + this.below(3);
			const chosen = codes.filter(() => this.below(4) < share);
			node.selectValues(chosen.length > 0 ? chosen : [this.pick(codes)]);
		},
		rank: (node) => {
			const codes = node.currentState.valueOptions.map((option) => option.value);
			node.setValues(codes.map((code) => [this.random(), code]).sort().map(([, code]) => code));
		},
		trigger: (node) => node.setValue(true),
		range: (node) => {
			const { start, end, step } = node.definition.bodyElement.bounds ?? node.definition.bounds;
			const [low, size] = [Math.min(Number(start), Number(end)), Math.abs(Number(step))];
			const steps = Math.floor(Math.abs(Number(end) - Number(start)) / size);
			const value = low + size * this.below(steps + 1);
			node.setValue(node.valueType === 'int' ? BigInt(value) : value);
		},
		input: (node) => node.setValue(this.written(node.valueType)),
	};

	written(type) {
		switch (type) {
			case 'int':
				return BigInt(this.number());
			case 'decimal':
				return this.number() + this.below(8) / 8;
			case 'date':
				return this.day();
			case 'dateTime':
				return `${this.day()}T${this.clock()}+00:00`;
			case 'time':
				return `${this.clock()}.000+00:00`;
			case 'geopoint':
				return { latitude: this.below(90), longitude: this.below(180), altitude: 0, accuracy: 5 };
			default:
				return this.pick(this.texts);
		}
	}

	number() {
		const value = this.below(this.pick([2, 7, 20, 120, 5_000]));
		return this.below(12) === 0 ? -value : value;
	}

	day() {
		const back = this.below(this.pick([1, 30, 400, 8_000])) * DAY;
		const time = this.below(8) === 0 ? Date.now() + back : Date.now() - back;
		return new Date(time).toISOString().slice(0, 10);
	}

	clock() {
		return new Date(this.below(DAY)).toISOString().slice(11, 19);
	}
}

const relevance = (root) => {
	const found = {};
	const visit = (node) => {
		if (!node.nodeType.startsWith('repeat-range')) {
			found[node.currentState.reference] = node.currentState.relevant;
		}
		(node.currentState.children ?? []).forEach(visit);
	};
	visit(root);
	return found;
};

const fetchFrom = (folder) => async (url) => {
	const body = await readFile(join(folder, basename(url.pathname)));
	const types = { csv: 'text/csv', geojson: 'application/geo+json' };
	const type = types[url.pathname.split('.').at(-1)] ?? 'text/xml';
	return new Response(body, { status: 200, headers: { 'content-type': `${type}; charset=utf-8` } });
};

const interview = async (request) => {
	const xml = await readFile(request.form, 'utf-8');
	const form = await loadForm(xml, { fetchFormAttachment: fetchFrom(request.media) });
	if (form.status === 'failure') {
		throw form.error;
	}
	const { root } = form.createInstance({ preloadProperties: { deviceID: 'test' } });
	const wanted = request.language && root.languages.find((language) => language.language === request.language);
	if (wanted) {
		root.setLanguage(wanted);
	}
	const interviewer = new Interviewer(root, request);
	interviewer.pass(1, true);
	interviewer.pass(0.25, false);
	interviewer.pass(0, false);
	const valid = root.validationState.violations.length === 0;
	return { valid, xml: root.instanceState.instanceXML, relevant: relevance(root) };
};

for await (const line of createInterface({ input: process.stdin })) {
	let answer;
	try {
		answer = await interview(JSON.parse(line));
	} catch (error) {
		answer = { error: String(error?.stack ?? error) };
	}
	process.stdout.write(`${JSON.stringify(answer)}\n`);
}
