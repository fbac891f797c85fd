export type { Project } from './project.js';
