import { defineText } from '../i18n/define-text.ts';

export const decisionsText = defineText({ title: 'decisions' }, { title: 'decisions' });
