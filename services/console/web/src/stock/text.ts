import { defineText } from '../i18n/define-text.ts';

export const stockText = defineText({ title: 'stock' }, { title: 'stock' });
