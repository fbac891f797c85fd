import { defineText } from '../i18n/define-text.ts';

export const verifyText = defineText({ title: 'verify' }, { title: 'verify' });
