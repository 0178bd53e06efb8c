// The site’s root: on to the first of the reader’s languages that there is, else English.
const languages = (document.documentElement.dataset['languages'] ?? 'ko en').split(' ');
const wanted = navigator.languages.map((tag) => tag.toLowerCase().split('-')[0]!);
const language = wanted.find((tag) => languages.includes(tag)) ?? 'en';
location.replace(`${language}/${location.search}${location.hash}`);
