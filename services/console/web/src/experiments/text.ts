import { defineText } from '../i18n/define-text.ts';

export const experimentsText = defineText({ title: 'experiments' }, { title: 'experiments' });
