import { defineText } from '../i18n/define-text.ts';

export const deadLettersText = defineText({ title: 'dead-letters' }, { title: 'dead-letters' });
