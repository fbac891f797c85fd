import { defineText } from '../i18n/define-text.ts';

export const shellText = defineText({ title: 'layout' }, { title: 'layout' });
